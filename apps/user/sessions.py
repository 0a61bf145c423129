"""Sessions over HTTP: Flask's signed cookie has the key of a row, and no more."""

from flask import Flask, request, session
from flask_login import login_user, logout_user

from apps.user import domain
from apps.user.models import User
from apps.web.login_manager import login_manager

KEY = "_user_id"  # where Flask-Login puts what User.get_id returns


def begin(user: User) -> None:
    """Log the user in under a new key, and empty whatever session the browser had."""
    end()
    user.session_key = domain.begin_session(user)
    session.permanent = True  # the browser keeps the cookie as long as we do
    login_user(user)
    for unused in ("_id", "_fresh"):  # for checks of Flask-Login that we leave out
        session.pop(unused)


def end() -> None:
    """Log this browser out: without the row, a copy of the cookie is worthless."""
    if KEY in session:
        domain.end_session(str(session[KEY]))
    logout_user()
    session.clear()


def load(key: str) -> User | None:
    """Return the user of a cookie; with an Authorization header, only that counts."""
    if "Authorization" in request.headers:
        return None
    user = domain.resume_session(str(key))
    if user:
        user.session_key = key
    return user


def init_app(app: Flask) -> None:
    """Tell Flask-Login how to find the user of a session."""
    login_manager.init_app(app)
    login_manager.user_loader(load)
    login_manager.login_view = "account.log_in"  # chapter 5
