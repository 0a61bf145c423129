"""Who has an account."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from apps.clock import now
from apps.columns import Time
from apps.database import db


class User(db.Model):
    """An account; names and addresses are unique however they are written."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str] = mapped_column(String(255))  # an Argon2id hash
    created_at: Mapped[datetime] = mapped_column(Time, default=now)
