"""Tokens in Redis, under these keys:

family:1f3a...   a hash: whose family it is, and since when; without it no token counts
families:17      a sorted set: the families of user 17, by the moments when they end
refresh:9ab0...  a hash: a refresh token, and when it was used
revoked:77c1...  an access token was revoked by itself
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from apps.store.database import db
from apps.store.redis import client
from apps.token import records
from apps.token.models import RefreshToken, RevokedToken, TokenFamily
from apps.user.models import User

T = TypeVar("T")
Known = tuple[TokenFamily, RefreshToken]


def find_user(family_id: str, jti: str) -> User | None:
    """Find an access token's user; None if the token or its family was revoked."""
    with client().pipeline(transaction=False) as pipe:
        pipe.exists(f"revoked:{jti}")
        pipe.hget(f"family:{family_id}", "user")
        revoked, user_id = pipe.execute()
    return None if revoked or not user_id else db.session.get(User, int(user_id))


def add(family: TokenFamily, token: RefreshToken) -> None:
    """Store a new family with its first token: both or none."""
    with client().pipeline() as pipe:
        records.write_family(pipe, family)
        records.write_token(pipe, family, token)
        pipe.execute()


def renew(
    token_hash: str, decide: Callable[[Known | None], tuple[T, RefreshToken]]
) -> T:
    """Mark a refresh token as used and store the next one: both or none.

    decide is given what is stored; it returns a result and the next token, or raises,
    and then nothing is changed. If anybody else changes the token or its family before
    we have, it's asked again.
    """

    def attempt(pipe: Any) -> T:
        token = records.find_refresh_token(token_hash, pipe)
        if token:
            pipe.watch(f"family:{token.family_id}")
        family = records.find_family(token.family_id, pipe) if token else None
        known = (family, token) if family and token else None
        result, following = decide(known)
        pipe.multi()
        if known:
            used = following.created_at.timestamp()
            pipe.hset(f"refresh:{token_hash}", "used", used)
            records.write_token(pipe, known[0], following)
        return result

    redis: Any = client()
    watched = f"refresh:{token_hash}"
    result: T = redis.transaction(attempt, watched, value_from_callable=True)
    return result


def revoke(token: RevokedToken | None, family: TokenFamily | None) -> None:
    """Revoke an access token, a family, or both at once."""
    with client().pipeline() as pipe:
        if token:
            pipe.set(f"revoked:{token.jti}", 1, exat=records.ceiling(token.expires_at))
        if family:
            records.delete_family(pipe, family)
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
