"""Upload tokens: one file of one user, for a few minutes, for one upload."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

import jwt

from apps.file.models import NewFile
from apps.token.keys import issuer_and_audience, key_file
from apps.token.signing import ALGORITHM, LEEWAY, MAX_TOKEN_CHARACTERS

LIFETIME = timedelta(minutes=5)
KNOWN_FOR = LIFETIME + 2 * LEEWAY  # after its use; by then it has expired
CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "name", "type", "size"]


class UploadRefused(Exception):
    """An upload token that is not valid, or no longer; the message says why."""


class Permit(NamedTuple):
    """What a valid upload token says."""

    jti: str
    owner_id: int
    file: NewFile


def sign(owner_id: int, file: NewFile, now: datetime) -> str:
    """Return a token for the upload of this file."""
    kid, key = key_file().signing()
    issuer, audience = _issuer_and_audience()
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": str(owner_id),
        "iat": now,
        "exp": now + LIFETIME,
        "jti": secrets.token_hex(16),
        "name": file.name,
        "type": file.type,
        "size": file.size,
    }
    return jwt.encode(claims, key, ALGORITHM, headers={"kid": kid})


def verify(token: str) -> Permit:
    """Return what a token says that is ours and valid now. Raises UploadRefused."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise UploadRefused("the upload token is too long")
    issuer, audience = _issuer_and_audience()
    try:
        key = key_file().current()[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY,
            options={"require": CLAIMS, "strict_aud": True},
        )
    except jwt.ExpiredSignatureError:
        raise UploadRefused("the upload token has expired") from None
    except (jwt.InvalidTokenError, KeyError, TypeError):
        raise UploadRefused("the upload token is not valid") from None
    file = NewFile(claims["name"], claims["type"], claims["size"])
    return Permit(claims["jti"], int(claims["sub"]), file)


def _issuer_and_audience() -> tuple[str, str]:
    """Return whose tokens these are; no access token has this audience."""
    issuer, audience = issuer_and_audience()
    return issuer, f"{audience}/upload"
