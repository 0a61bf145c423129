"""What we remember of tokens; of a refresh token, a hash alone."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from apps.store.column_types import Time
from apps.store.database import db


class TokenFamily(db.Model):
    """All the tokens that came out of one log-in, each the successor of another."""

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(Time)
    revoked_at: Mapped[datetime | None] = mapped_column(Time)


class RefreshToken(db.Model):
    """A token that can be changed for a new pair, once."""

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    family_id: Mapped[str] = mapped_column(
        ForeignKey("token_family.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(Time)
    expires_at: Mapped[datetime] = mapped_column(Time, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Time)


class RevokedToken(db.Model):
    """An access token that does not count any more, remembered until it expires."""

    jti: Mapped[str] = mapped_column(String(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Time, index=True)
