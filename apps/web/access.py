"""Who may enter: every view is closed to strangers, unless it is marked as public."""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from flask import (
    Flask,
    current_app,
    redirect,  # chapter 5
    request,
    url_for,  # chapter 5
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from apps.web.login_manager import login_manager
from apps.web.negotiation import negotiate  # chapter 5

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view as open to everybody."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def refuse() -> NoReturn:
    """Answer a stranger with 401."""
    raise Unauthorized("Log in first.")


# region chapter 5: log-in-page
def ask_to_log_in() -> ResponseReturnValue | None:
    """Send a browser to the log-in page; None for a program, which needs its 401."""
    form = negotiate("application/json", "text/html")
    if form != "text/html" or "Authorization" in request.headers:
        return None
    again = request.method in ("GET", "HEAD")  # a form can't be sent once more
    here = request.full_path.rstrip("?") if again else None
    return redirect(url_for(login_manager.login_view, next=here), 303)


# endregion log-in-page
def guard() -> ResponseReturnValue | None:
    """Reject an anonymous request before the view runs; unknown paths get their 404."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or getattr(view, "is_public", False):
        return None
    if current_user.is_authenticated:
        return None
    # region chapter 5: browser
    if page := ask_to_log_in():
        return page
    # endregion browser
    answer: ResponseReturnValue = login_manager.unauthorized()
    return answer


def init_app(app: Flask) -> None:
    """Require a login for every view except static files."""
    login_manager.unauthorized_handler(refuse)
    app.before_request(guard)
    public(app.view_functions["static"])
