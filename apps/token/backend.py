"""Tokens in Redis, under these keys; each ends by itself when it's of no use any more:

family:1f3a...   a hash: whose family it is, and since when; where it's gone, all are
families:17      a sorted set: the families of user 17, by the moments when they end
refresh:9ab0...  a hash: a refresh token, and when it was used
revoked:77c1...  an access token was revoked by itself
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from redis.client import Pipeline

from apps.store.database import db
from apps.store.redis import client
from apps.token.models import RefreshToken, RevokedToken, TokenFamily
from apps.user.models import User

# A family is there for longer than its last refresh token: access tokens may be, too.
FAMILY_MARGIN = timedelta(hours=1)

T = TypeVar("T")
Known = tuple[TokenFamily, RefreshToken]


def find_user(family_id: str, jti: str) -> User | None:
    """Find an access token's user; None if the token or its family was revoked."""
    with client().pipeline(transaction=False) as pipe:
        pipe.exists(f"revoked:{jti}")
        pipe.hget(f"family:{family_id}", "user")
        revoked, user_id = pipe.execute()
    return None if revoked or not user_id else db.session.get(User, int(user_id))


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


def add(family: TokenFamily, token: RefreshToken) -> None:
    """Store a new family with its first token: both or none."""
    created = family.created_at.timestamp()
    mapping: dict[Any, Any] = {"user": family.user_id, "created": created}
    with client().pipeline() as pipe:
        pipe.hset(f"family:{family.id}", mapping=mapping)
        _add_token(pipe, family, token)
        pipe.execute()


def renew(
    token_hash: str, decide: Callable[[Known | None], tuple[T, RefreshToken]]
) -> T:
    """Mark a refresh token as used and store the next one, both or none.

    decide is given what is stored; it returns a result and the next token, or raises,
    and then nothing is changed. If anybody else changes the token or its family before
    we have, it's asked again.
    """

    def attempt(pipe: Any) -> T:
        token = find_refresh_token(token_hash, pipe)
        if token:
            pipe.watch(f"family:{token.family_id}")
        family = find_family(token.family_id, pipe) if token else None
        known = (family, token) if family and token else None
        result, following = decide(known)
        pipe.multi()
        if known:
            used = following.created_at.timestamp()
            pipe.hset(f"refresh:{token_hash}", "used", used)
            _add_token(pipe, known[0], following)
        return result

    redis: Any = client()
    watched = f"refresh:{token_hash}"
    result: T = redis.transaction(attempt, watched, value_from_callable=True)
    return result


def revoke(token: RevokedToken, family: TokenFamily | None) -> None:
    """Revoke an access token and, if there is one, a family: both or none."""
    with client().pipeline() as pipe:
        pipe.set(f"revoked:{token.jti}", 1, exat=_seconds(token.expires_at))
        if family:
            _revoke_family(pipe, family)
        pipe.execute()


def revoke_family(family: TokenFamily) -> None:
    """Revoke a family."""
    with client().pipeline() as pipe:
        _revoke_family(pipe, family)
        pipe.execute()


def revoke_families(user_id: int) -> None:
    """Revoke all of a user's tokens. Nobody may add a family meanwhile."""
    ids: list[Any] = client().zrange(f"families:{user_id}", 0, -1)
    keys = [f"family:{family_id}" for family_id in ids]
    client().delete(f"families:{user_id}", *keys)


def sweep(now: datetime) -> None:
    """Take families that have ended out of the sets of those that users have."""
    for key in client().scan_iter("families:*"):
        client().zremrangebyscore(key, 0, now.timestamp())


def _add_token(pipe: Pipeline, family: TokenFamily, token: RefreshToken) -> None:
    """Write a refresh token, and let its family last as long as it does."""
    mapping: dict[Any, Any] = {
        "family": family.id,
        "created": token.created_at.timestamp(),
        "expires": token.expires_at.timestamp(),
    }
    pipe.hset(f"refresh:{token.hash}", mapping=mapping)
    pipe.expireat(f"refresh:{token.hash}", _seconds(token.expires_at))
    ends = _seconds(token.expires_at + FAMILY_MARGIN)
    pipe.expireat(f"family:{family.id}", ends)
    families = f"families:{family.user_id}"
    pipe.zadd(families, {family.id: ends})
    pipe.expireat(families, ends, nx=True)
    pipe.expireat(families, ends, gt=True)  # as long as the longest of them


def _revoke_family(pipe: Pipeline, family: TokenFamily) -> None:
    pipe.delete(f"family:{family.id}")
    pipe.zrem(f"families:{family.user_id}", family.id)


def _seconds(moment: datetime) -> int:
    """Return the first whole second after a moment, as Redis counts them."""
    return int(moment.timestamp()) + 1


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
