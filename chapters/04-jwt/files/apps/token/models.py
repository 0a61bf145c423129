"""What the database stores about tokens; of a refresh token, only a hash."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from apps.store.column_types import Time
from apps.store.database import db


class TokenFamily(db.Model):
    """All the tokens that go back to one log-in, each renewed from the one before."""

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(Time)
    revoked_at: Mapped[datetime | None] = mapped_column(Time)


class RefreshToken(db.Model):
    """A token that can be exchanged for a new pair, once."""

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    family_id: Mapped[str] = mapped_column(
        ForeignKey("token_family.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(Time)
    expires_at: Mapped[datetime] = mapped_column(Time, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Time)


class RevokedToken(db.Model):
    """A revoked access token; its row is needed until the token would expire."""

    jti: Mapped[str] = mapped_column(String(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Time, index=True)
