"""The rules of tokens: an access token says who calls, a refresh token renews it."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from apps import clock
from apps.store.database import atomic
from apps.token import backend, signing
from apps.token.models import RefreshToken, TokenFamily
from apps.token.signing import TokenRefused
from apps.user.backend import lock
from apps.user.domain import WrongCredentials
from apps.user.models import User
from apps.user.signals import password_changed

REFRESH_TOKEN_LIFETIME = timedelta(days=14)
FAMILY_LIFETIME = timedelta(days=90)  # then the password is asked for again
# Two requests of one program may send the same refresh token at almost the same time.
REUSE_GRACE_PERIOD = timedelta(seconds=10)


class TokenUsed(Exception):
    """A refresh token that another request has exchanged a moment ago."""


class Pair(NamedTuple):
    """An access token, and the refresh token that gets the next pair."""

    access_token: str
    refresh_token: str

    def fields(self) -> dict[str, object]:
        """Return the fields of the response (RFC 6749, section 5.1)."""
        lifetime = signing.LIFETIME.seconds
        return self._asdict() | {"token_type": "Bearer", "expires_in": lifetime}


class Access(NamedTuple):
    """The user who calls, and the claims of the access token."""

    user: User
    claims: dict[str, Any]


def issue(user: User) -> Pair:
    """Begin a family of tokens for a user who has just given the right password.

    Raises WrongCredentials if it has been changed in the meantime.
    """
    with atomic():
        if not lock(user):
            raise WrongCredentials("The password has just been changed.")
        now = clock.now()
        family = TokenFamily(id=secrets.token_hex(16), user_id=user.id, created_at=now)
        backend.add(family)
        return _pair(family, now)


def check(token: str) -> Access:
    """Return the user of an access token, and its claims. Raises TokenRefused."""
    claims = signing.verify(token)
    user = backend.find_user(str(claims["family"]), claims["jti"])
    if user is None or str(user.id) != claims["sub"]:
        raise TokenRefused("the token was revoked")
    return Access(user, claims)


def revoke(access: Access, refresh_token: str | None = None) -> None:
    """Revoke an access token and its family, or that of a refresh token instead."""
    with atomic():
        by_then = clock.now() + signing.LIFETIME  # it has expired
        backend.revoke_access_token(access.claims["jti"], by_then)
        family_id = str(access.claims["family"])
        if refresh_token:
            known = backend.find_refresh_token(_hash(refresh_token))
            family_id = known.family_id if known else ""
        backend.revoke_family(family_id, access.user.id, clock.now())


@password_changed.connect
def revoke_all(user: User) -> None:
    """Revoke all of a user's tokens when the password changes, in one transaction."""
    backend.revoke_families(user.id, clock.now())


def refresh(refresh_token: str) -> Pair:
    """Exchange a refresh token for a new pair. Raises TokenRefused, TokenUsed.

    A token that is used twice was copied. Whether the thief comes first or second, we
    can't tell, so the whole family of tokens is revoked.
    """
    key = _hash(refresh_token)
    with atomic():
        family = backend.lock_family(key)
        known = backend.find_refresh_token(key)
        now = clock.now()  # read after the lock, so that times are in order
        if not family or not known or family.revoked_at:
            raise TokenRefused("the refresh token is not valid")
        if known.used_at and now - known.used_at < REUSE_GRACE_PERIOD:
            raise TokenUsed("This refresh token was used a moment ago.")
        if known.used_at:
            family.revoked_at = now
        elif now < known.expires_at:
            known.used_at = now
            return _pair(family, now)
    raise TokenRefused("the refresh token was used, or has expired")


def sweep() -> None:
    """Delete what has expired, also for a server whose clock is a little late."""
    with atomic():
        backend.sweep(clock.now() - signing.LEEWAY)


def _pair(family: TokenFamily, now: datetime) -> Pair:
    """Sign an access token, and store the hash of a new refresh token."""
    token = secrets.token_urlsafe(32)
    row = RefreshToken(hash=_hash(token), family_id=family.id, created_at=now)
    family_end = family.created_at + FAMILY_LIFETIME
    row.expires_at = min(now + REFRESH_TOKEN_LIFETIME, family_end)
    backend.add(row)
    return Pair(signing.sign(family.user_id, family.id, now), token)


def _hash(token: str) -> str:
    """Hash a refresh token; as it is random, it needs no salt and no slow function."""
    return hashlib.sha256(token.encode()).hexdigest()
