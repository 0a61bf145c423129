"""Who calls: HTTP Basic to obtain a token (RFC 7617), a bearer token from then on."""

import functools
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from flask import Request, g
from flask_httpauth import HTTPBasicAuth, HTTPTokenAuth
from flask_login import current_user
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from apps.access import login_manager, public
from apps.token import domain
from apps.token.signing import TokenRefused
from apps.user.domain import WrongCredentials, log_in
from apps.user.models import User

View = TypeVar("View", bound=Callable[..., Any])

REALM = "lectern"
basic = HTTPBasicAuth(realm=REALM)
bearer = HTTPTokenAuth(realm=REALM)


@basic.verify_password
def find_by_password(name: str, password: str) -> User | None:
    """Return whose name and password the header holds."""
    try:
        return log_in(name, password) if name else None
    except WrongCredentials:
        return None


@bearer.verify_token
def find_by_token(token: str) -> User | None:
    """Return whose token the header holds; keep the token's claims, or its fault."""
    try:
        access = domain.check(token)
    except TokenRefused as fault:
        g.fault = fault
        return None
    g.access = access
    return access.user


@login_manager.request_loader
def load(request: Request) -> User | None:
    """Tell Flask-Login who calls where no session does; asked once a request."""
    user: User | None = bearer.authenticate(bearer.get_auth(), None)
    return user


@basic.error_handler
def refuse_password(_: int) -> NoReturn:
    """Answer 401, and how to ask: with a name and a password."""
    challenge = WWWAuthenticate("basic", {"realm": REALM, "charset": "UTF-8"})
    raise Unauthorized("The name or the password is wrong.", None, challenge)


@login_manager.unauthorized_handler
@bearer.error_handler
def refuse(_: int = 401) -> NoReturn:
    """Answer 401, and how to ask: with a token; without one, nothing was wrong."""
    raise unauthorized(g.get("fault"))


def unauthorized(fault: TokenRefused | None) -> Unauthorized:
    """Make the error that says what is wrong with a token (RFC 6750, section 3)."""
    values: dict[str, str | None] = {"realm": REALM}
    if fault:
        values |= {"error": "invalid_token", "error_description": str(fault)}
    challenge = WWWAuthenticate("bearer", values)
    advice = f"Log in again: {fault}." if fault else "Log in first."
    return Unauthorized(advice, None, challenge)


def login_check(view: View) -> View:
    """Call view for whoever has a session or, where a header says who calls, a token.

    It does what the guard does before each view, for one that the guard lets pass: the
    view of an extension, or one that asks somebody else first.
    """

    @functools.wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            refuse()
        g.current_user = current_user._get_current_object()
        return view(*args, **kwargs)

    return public(cast(View, checked))
