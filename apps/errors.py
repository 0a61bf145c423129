"""One answer to every error: JSON for programs, a small page for browsers."""

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, default_exceptions

from apps.chapter.backend import ChapterNotFound, TextsUnreadable
from apps.negotiation import negotiate
from apps.problem import as_json, as_page

STATUS: dict[type[Exception], int] = {
    ChapterNotFound: 404,
    TextsUnreadable: 503,
}


def show(error: Exception) -> Response:
    """Answer in the form that the client prefers, with the error's own headers."""
    if not isinstance(error, HTTPException):
        error = default_exceptions[STATUS[type(error)]](str(error))
    form = negotiate("application/problem+json", "application/json", "text/html")
    if form == "text/html":
        body = as_page(error)
    else:
        body, form = as_json(error), "application/problem+json"
    response = Response(body, error.code, error.get_headers(), mimetype=form)
    response.vary.add("Accept")
    return response


def init_app(app: Flask) -> None:
    """Have every error of the app pass through here."""
    app.register_error_handler(HTTPException, show)
    for kind in STATUS:
        app.register_error_handler(kind, show)
