"""Where readers go: to the log-in page, and on to where they wanted to be."""

import re

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized

from apps.web.access import guard
from apps.web.negotiation import negotiate

# A path; browsers read "//host" and "/\host" as another site, and skip controls.
INSIDE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def onward() -> str:
    """Return where `next` leads, if that is inside this site; the contents if not."""
    wanted = request.values.get("next", "")
    return wanted if INSIDE.fullmatch(wanted) else url_for("chapter.contents")


def ask_to_log_in() -> ResponseReturnValue | None:
    """Send a browser where it can log in; a program gets the guard's 401."""
    try:
        return guard()
    except Unauthorized:
        form = negotiate("application/json", "text/html")
        if form != "text/html" or "Authorization" in request.headers:
            raise
        here = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("account.log_in", next=here), 303)


def init_app(app: Flask) -> None:
    """Ask before the guard refuses."""
    app.before_request(ask_to_log_in)
