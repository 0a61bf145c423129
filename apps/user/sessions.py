"""Sessions over HTTP: Flask's signed cookie holds the key of a row, no more."""

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import login_user, logout_user
from itsdangerous import URLSafeTimedSerializer

from apps.user import domain
from apps.user.models import User
from apps.web.access import login_manager

KEY = "_user_id"  # as Flask-Login calls it


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookies, with one signer for all of an app's requests.

    Flask makes one to read and one to write, which costs a short request a tenth.
    """

    _signer: URLSafeTimedSerializer | None = None
    _key: object = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Make the signer at the first request; later ones use it again."""
        if self._key != app.secret_key:
            self._signer = super().get_signing_serializer(app)
            self._key = app.secret_key
        return self._signer


def begin(user: User) -> None:
    """Log the user in with a new key; whatever this browser's session held is gone."""
    end()
    user.session_key = domain.begin_session(user)
    session.permanent = True  # the browser keeps the cookie as long as we do
    login_user(user)
    session.pop("_id")  # hashes of the address and the browser, which change
    session.pop("_fresh")


def end() -> None:
    """Log this browser out: without the row, a copy of the cookie is worthless."""
    if KEY in session:
        domain.end_session(str(session[KEY]))
    logout_user()
    session.clear()


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load(key: str) -> User | None:
    """Find out whose cookie it is; with an Authorization header, only that counts."""
    if "Authorization" in request.headers:
        return None
    user = domain.resume_session(str(key))
    if user:
        user.session_key = key
    return user


def init_app(app: Flask) -> None:
    """Sign with one signer; take from Flask-Login what we don't use.

    Its "remember me" reads the session after every request, so that no cache may keep
    an answer, and fails on a cookie that is not ASCII; no cookie is named with a ";".
    Its `session_protection` logs out readers whose address changes.
    """
    app.session_interface = Cookies()
    app.config["REMEMBER_COOKIE_NAME"] = ";"
    app.config["SESSION_PROTECTION"] = None
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)
