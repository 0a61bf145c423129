"""The header of a 401: how to log in, and what was wrong with a token.

RFC 9110 asks for it; RFC 7617 (Basic) and RFC 6750 (Bearer) say what is in it.
"""

from typing import NoReturn

from flask import g
from flask_httpauth import HTTPBasicAuth
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from apps.token.signing import TokenRefused
from apps.user.domain import WrongCredentials, log_in
from apps.user.models import User
from apps.user.throttle import throttled  # chapter 7

REALM = "lectern"
basic = HTTPBasicAuth(realm=REALM)


class Challenge(WWWAuthenticate):
    """A challenge whose values stand in quotes: a realm must (RFC 9110, 11.5)."""

    def to_header(self) -> str:
        """Return the header; the values are our own, and have no quotes in them."""
        values = [f'{name}="{value}"' for name, value in self.parameters.items()]
        return f"{self.type.title()} {', '.join(values)}"


@basic.verify_password
def find_by_password(name: str, password: str) -> User | None:
    """Return the user whose name and password are in the header."""
    try:
        # region chapter 4 until 7: log-in
        # | return log_in(name, password) if name else None
        # endregion log-in
        # region chapter 7: throttled-log-in
        with throttled(name):
            return log_in(name, password) if name else None
        # endregion throttled-log-in
    except WrongCredentials:
        return None


@basic.error_handler
def refuse_password(_: int) -> NoReturn:
    """Answer 401, and ask for a name and a password."""
    challenge = Challenge("basic", {"realm": REALM, "charset": "UTF-8"})
    raise Unauthorized("The name or the password is wrong.", None, challenge)


def refuse(_: int = 401) -> NoReturn:
    """Answer 401, and ask for a token; say what is wrong with the one that was sent."""
    raise unauthorized(g.get("fault"))


def unauthorized(fault: TokenRefused | None) -> Unauthorized:
    """Return the error that asks for a token (RFC 6750, section 3)."""
    values: dict[str, str | None] = {"realm": REALM}
    if fault:
        values |= {"error": "invalid_token", "error_description": str(fault)}
    challenge = Challenge("bearer", values)
    advice = f"Log in again: {fault}." if fault else "Log in first."
    return Unauthorized(advice, None, challenge)
