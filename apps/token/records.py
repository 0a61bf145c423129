"""How a family of tokens and a refresh token are written in Redis, and read.

Moments are seconds since 1970. Each key ends by itself when it's of no use any more.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from redis.client import Pipeline

from apps.store.redis import client
from apps.token.models import RefreshToken, TokenFamily

# A family is there for longer than its last refresh token: access tokens may be, too.
FAMILY_MARGIN = timedelta(hours=1)


def find_family(family_id: str, redis: Any = None) -> TokenFamily | None:
    """Find a family that was not revoked."""
    found: dict[Any, Any] = (redis or client()).hgetall(f"family:{family_id}")
    if not found:
        return None
    return TokenFamily(family_id, int(found["user"]), _moment(found["created"]))


def find_refresh_token(token_hash: str, redis: Any = None) -> RefreshToken | None:
    """Find a refresh token, used or not."""
    found: dict[Any, Any] = (redis or client()).hgetall(f"refresh:{token_hash}")
    if not found:
        return None
    created, expires = _moment(found["created"]), _moment(found["expires"])
    used = _moment(found["used"]) if "used" in found else None
    return RefreshToken(token_hash, found["family"], created, expires, used)


def write_family(pipe: Pipeline, family: TokenFamily) -> None:
    """Write a family, which lasts as long as the token that is written after it."""
    created = family.created_at.timestamp()
    mapping: dict[Any, Any] = {"user": family.user_id, "created": created}
    pipe.hset(f"family:{family.id}", mapping=mapping)


def write_token(pipe: Pipeline, family: TokenFamily, token: RefreshToken) -> None:
    """Write a refresh token, and let its family last as long as it does."""
    mapping: dict[Any, Any] = {
        "family": family.id,
        "created": token.created_at.timestamp(),
        "expires": token.expires_at.timestamp(),
    }
    pipe.hset(f"refresh:{token.hash}", mapping=mapping)
    pipe.expireat(f"refresh:{token.hash}", ceiling(token.expires_at))
    ends = ceiling(token.expires_at + FAMILY_MARGIN)
    pipe.expireat(f"family:{family.id}", ends)
    families = f"families:{family.user_id}"
    pipe.zadd(families, {family.id: ends})
    pipe.expireat(families, ends, nx=True)
    pipe.expireat(families, ends, gt=True)  # as long as the longest of them


def delete_family(pipe: Pipeline, family: TokenFamily) -> None:
    """Delete a family; its refresh tokens are worth nothing without it."""
    pipe.delete(f"family:{family.id}")
    pipe.zrem(f"families:{family.user_id}", family.id)


def ceiling(moment: datetime) -> int:
    """Return the first whole second after a moment."""
    return int(moment.timestamp()) + 1


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
