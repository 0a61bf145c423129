"""Accounts over HTTP, as JSON."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from apps.user import domain, sessions
from apps.user.throttle import throttled  # chapter 7
from apps.web.access import public
from apps.web.validation import checked_body

blueprint = Blueprint("user", __name__, url_prefix="/user")


@blueprint.post("/register")
@public
def register() -> ResponseReturnValue:
    """Make an account; it is not logged in yet."""
    user = domain.register(**checked_body("register"))
    return user.fields(), 201


@blueprint.post("/login")
@public
def log_in() -> ResponseReturnValue:
    """Begin a session; `name` may be the address."""
    # region chapter 3 until 7: log-in
    # | user = domain.log_in(**checked_body("login"))
    # endregion log-in
    # region chapter 7: throttled-log-in
    body = checked_body("login")
    with throttled(body["name"]):
        user = domain.log_in(**body)
    # endregion throttled-log-in
    sessions.begin(user)
    return user.fields()


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """End the session."""
    sessions.end()
    return "", 204


@blueprint.get("/me")
def me() -> ResponseReturnValue:
    """Return the account of whoever asks."""
    return dict(current_user.fields())


@blueprint.post("/password")
def change_password() -> ResponseReturnValue:
    """Change the password; this session goes on under a new key, all others end."""
    body = checked_body("password")
    user = current_user._get_current_object()
    # region chapter 3 until 7: change
    # | domain.change_password(user, body["old_password"], body["new_password"])
    # endregion change
    # region chapter 7: throttled-change
    with throttled(user):
        domain.change_password(user, body["old_password"], body["new_password"])
    # endregion throttled-change
    if user.session_key:
        sessions.begin(user)
    return "", 204
