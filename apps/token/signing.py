"""Access tokens: claims about a user that we sign (JSON Web Tokens, RFC 7519)."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import jwt

from apps.token.keys import issuer_and_audience, key_file

LIFETIME = timedelta(minutes=15)
LEEWAY = timedelta(seconds=5)  # by which the clocks of our servers may differ
MAX_TOKEN_CHARACTERS = 2000
ALGORITHM = "HS256"
CLAIMS = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "family"]


class TokenRefused(Exception):
    """A token that is not valid, or no longer; the message says why."""


def sign(user_id: int, family: str, now: datetime) -> str:
    """Return an access token, which anybody can read and only we can write."""
    kid, key = key_file().signing()
    issuer, audience = issuer_and_audience()
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": str(user_id),
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
        "jti": secrets.token_hex(16),
        "family": family,
    }
    return jwt.encode(claims, key, ALGORITHM, headers={"kid": kid})


def verify(token: str) -> dict[str, Any]:
    """Return the claims of a token that is ours and valid now. Raises TokenRefused.

    It names the key that signed it, but not the algorithm, or it could name `none`.
    """
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenRefused("the token is too long")
    issuer, audience = issuer_and_audience()
    try:
        key = key_file().current()[jwt.get_unverified_header(token)["kid"]]
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY,
            options={"require": CLAIMS, "strict_aud": True},
        )
    except jwt.ExpiredSignatureError:
        raise TokenRefused("the token has expired") from None
    except (jwt.InvalidTokenError, KeyError):
        raise TokenRefused("the token is not valid") from None
