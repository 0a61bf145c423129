"""Authenticate requests by bearer token (RFC 6750)."""

from flask import Request, g
from flask_httpauth import HTTPTokenAuth

from apps.token import domain
from apps.token.challenges import REALM, refuse
from apps.token.signing import TokenRefused
from apps.user.models import User

bearer = HTTPTokenAuth(realm=REALM)
bearer.error_handler(refuse)


@bearer.verify_token
def find_by_token(token: str) -> User | None:
    """Return the token's user; `g` keeps what we learn of the token."""
    try:
        g.access = domain.check(token)
    except TokenRefused as fault:
        g.fault = fault
        return None
    return g.access.user


def load(request: Request) -> User | None:
    """Tell Flask-Login who calls, where no session says it."""
    return bearer.authenticate(bearer.get_auth(), None)
