"""Who comes in: every view is closed to strangers, unless it is marked as public."""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from werkzeug.exceptions import Unauthorized

View = TypeVar("View", bound=Callable[..., Any])

login_manager = LoginManager()


def public(view: View) -> View:
    """Mark a view as open to everybody."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


@login_manager.unauthorized_handler  # type: ignore[untyped-decorator]
def refuse() -> NoReturn:
    """Answer a stranger; a later chapter may register another answer."""
    raise Unauthorized("Log in first.")


def guard() -> ResponseReturnValue | None:
    """Turn a stranger away before the view runs; an unknown path goes on to its 404."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or getattr(view, "is_public", False):
        return None
    if current_user.is_authenticated:
        return None
    answer: ResponseReturnValue = login_manager.unauthorized()
    return answer


def init_app(app: Flask) -> None:
    """Close the app; what lies in static/ stays open."""
    login_manager.init_app(app)
    app.before_request(guard)
    public(app.view_functions["static"])
