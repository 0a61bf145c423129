"""Who has an account, and who is logged in."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from apps import clock
from apps.store.column_types import Time
from apps.store.database import db


class User(db.Model):
    """An account; names and addresses are unique, in capitals or not."""

    __table_args__: ClassVar = {"sqlite_autoincrement": True}  # no id is used twice

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str] = mapped_column(String(255))  # an Argon2id hash
    created_at: Mapped[datetime] = mapped_column(Time, default=lambda: clock.now())

    is_authenticated = is_active = True  # what Flask-Login asks of a user
    is_anonymous = False
    session_key = ""  # of the session that sent this request, if one did

    def get_id(self) -> str:
        """Return what Flask-Login puts into the cookie: the session's key, no id."""
        return self.session_key

    def fields(self) -> dict[str, object]:
        """Return what may be shown of an account."""
        return {
            "id": self.id,
            "name": self.name,
            "email": self.email,
            "created_at": self.created_at.isoformat(),
        }


class UserSession(db.Model):
    """A log-in that has not ended; only the reader's cookie has its key."""

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(Time)
    seen_at: Mapped[datetime] = mapped_column(Time)
