"""The rules of tokens: an access token says who calls, a refresh token renews it."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from apps import clock
from apps.store.database import atomic
from apps.token import backend, records, signing
from apps.token.models import RefreshToken, RevokedToken, TokenFamily
from apps.token.signing import TokenRefused
from apps.user.backend import lock
from apps.user.domain import WrongCredentials
from apps.user.models import User
from apps.user.signals import password_changed, user_deleted

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
        family = TokenFamily(secrets.token_hex(16), user.id, now)
        pair, token = _pair(family, now)
        backend.add(family, token)
        return pair


def check(token: str) -> Access:
    """Return the user of an access token, and its claims. Raises TokenRefused."""
    claims = signing.verify(token)
    user = backend.find_user(str(claims["family"]), claims["jti"])
    if user is None or str(user.id) != claims["sub"]:
        raise TokenRefused("the token was revoked")
    return Access(user, claims)


def revoke(access: Access, refresh_token: str | None = None) -> None:
    """Revoke an access token and its family, or that of a refresh token instead."""
    by_then = clock.now() + signing.LIFETIME + signing.LEEWAY  # it has expired
    family_id = str(access.claims["family"])
    if refresh_token:
        known = records.find_refresh_token(_hash(refresh_token))
        family_id = known.family_id if known else ""
    family = records.find_family(family_id)
    ours = family if family and family.user_id == access.user.id else None
    backend.revoke(RevokedToken(access.claims["jti"], by_then), ours)


@password_changed.connect
@user_deleted.connect
def revoke_all(user: User) -> None:
    """Revoke all of a user's tokens when the password changes or the account goes.

    Where that fails, the change fails, too. The lock lets no log-in add tokens before
    the change is made.
    """
    lock(user)
    backend.revoke_families(user.id)


def refresh(refresh_token: str) -> Pair:
    """Exchange a refresh token for a new pair. Raises TokenRefused, TokenUsed.

    A token that is used twice was copied. Whether the thief comes first or second, we
    can't tell, so the whole family of tokens is revoked.
    """

    def exchange(known: backend.Known | None) -> tuple[Pair, RefreshToken]:
        if not known:
            raise TokenRefused("the refresh token is not valid")
        (family, token), now = known, clock.now()
        if token.used_at and now - token.used_at < REUSE_GRACE_PERIOD:
            raise TokenUsed("This refresh token was used a moment ago.")
        if token.used_at:
            backend.revoke(None, family)
        if token.used_at or now >= token.expires_at:
            raise TokenRefused("the refresh token was used, or has expired")
        return _pair(family, now)

    return backend.renew(_hash(refresh_token), exchange)


def sweep() -> None:
    """Forget which families a user had; Redis deletes what expires by itself."""
    backend.sweep(clock.now())


def _pair(family: TokenFamily, now: datetime) -> tuple[Pair, RefreshToken]:
    """Sign an access token, and make a refresh token, of which a hash is stored."""
    text = secrets.token_urlsafe(32)
    family_end = family.created_at + FAMILY_LIFETIME
    expires_at = min(now + REFRESH_TOKEN_LIFETIME, family_end)
    token = RefreshToken(_hash(text), family.id, now, expires_at)
    return Pair(signing.sign(family.user_id, family.id, now), text), token


def _hash(token: str) -> str:
    """Hash a refresh token; as it is random, it needs no salt and no slow function."""
    return hashlib.sha256(token.encode()).hexdigest()
