"""What a 401 says: how to ask, and what was wrong (RFC 6750, RFC 7617, RFC 9110)."""

from typing import NoReturn

from flask import g
from flask_httpauth import HTTPBasicAuth
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from apps.token.signing import TokenRefused
from apps.user.domain import WrongCredentials, log_in
from apps.user.models import User
from apps.web.access import login_manager

REALM = "lectern"
basic = HTTPBasicAuth(realm=REALM)


class Challenge(WWWAuthenticate):
    """A challenge whose values stand in quotes: a realm must (RFC 9110, 11.5)."""

    def to_header(self) -> str:
        """Write it out; the values are our own, and no quote is in them."""
        values = [f'{name}="{value}"' for name, value in self.parameters.items()]
        return f"{self.type.title()} {', '.join(values)}"


@basic.verify_password
def find_by_password(name: str, password: str) -> User | None:
    """Return whose name and password the header holds."""
    try:
        return log_in(name, password) if name else None
    except WrongCredentials:
        return None


@basic.error_handler
def refuse_password(_: int) -> NoReturn:
    """Answer 401, and how to ask: with a name and a password."""
    challenge = Challenge("basic", {"realm": REALM, "charset": "UTF-8"})
    raise Unauthorized("The name or the password is wrong.", None, challenge)


@login_manager.unauthorized_handler
def refuse(_: int = 401) -> NoReturn:
    """Answer 401, and how to ask: with a token; without one, nothing was wrong."""
    raise unauthorized(g.get("fault"))


def unauthorized(fault: TokenRefused | None) -> Unauthorized:
    """Make the error that says what is wrong with a token (RFC 6750, section 3)."""
    values: dict[str, str | None] = {"realm": REALM}
    if fault:
        values |= {"error": "invalid_token", "error_description": str(fault)}
    challenge = Challenge("bearer", values)
    advice = f"Log in again: {fault}." if fault else "Log in first."
    return Unauthorized(advice, None, challenge)
