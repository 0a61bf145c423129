"""What Redis stores about tokens; of a refresh token, only a hash."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TokenFamily:
    """All the tokens that go back to one log-in, each renewed from the one before."""

    id: str
    user_id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token that can be exchanged for a new pair, once."""

    hash: str
    family_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RevokedToken:
    """A revoked access token; it's needed until the token would expire."""

    jti: str
    expires_at: datetime
