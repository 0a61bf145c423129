"""Flask-Login, without its "remember me", which this app does not offer.

The two methods with an underscore are all of Flask-Login that we replace. Without
"remember me" its use of `datetime.utcnow`, which Python 3.12 warns of, is never reached
either.
"""

from typing import Any

from flask import Response, request
from flask_login import LoginManager


class LoginWithoutRememberMe(LoginManager):  # type: ignore[misc]
    """Flask-Login that asks the session, then the request's header, and no more."""

    def _update_remember_cookie(self, response: Response) -> Response:
        """Leave the response alone.

        Flask-Login would look into the session after every request. Flask then adds
        `Vary: Cookie`, and no shared cache can store even a public answer.
        """
        return response

    def _load_user_from_remember_cookie(self, cookie: str) -> Any:
        """Ask the header, as without such a cookie.

        Flask-Login would fail with 500 on a cookie that is not ASCII.
        """
        return self._load_user_from_request(request)

    def ask_no_more(self) -> None:
        """Take whoever sends this request for a stranger, and don't look for them."""
        self._update_request_context_with_user()


login_manager = LoginWithoutRememberMe()
# It would compare a hash of the user's address and browser at every request, for
# views that ask for a fresh log-in; we have none.
login_manager.session_protection = None
