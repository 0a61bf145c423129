"""One answer to every error: JSON for programs, a small page for browsers."""

from flask import Flask, Response, json, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, default_exceptions

from apps.chapter.backend import ChapterNotFound, TextsUnreadable
from apps.negotiation import negotiate

STATUS: dict[type[Exception], int] = {
    ChapterNotFound: 404,
    TextsUnreadable: 503,
}
PAGE = Markup(
    '<!doctype html><html lang="en"><title>{title}</title>'
    "<h1>{status} {title}</h1><p>{detail}</p></html>"
)


def show(error: Exception) -> Response:
    """Answer with the fields of RFC 9457, and with the error's own headers."""
    if not isinstance(error, HTTPException):
        error = default_exceptions[STATUS[type(error)]](str(error))
    problem = {
        "type": "about:blank",
        "title": error.name,
        "status": error.code,
        "detail": error.description,
        "instance": request.path,
    }
    form = negotiate("application/problem+json", "application/json", "text/html")
    if form == "text/html":
        body: str = PAGE.format(**problem)
    else:
        body, form = json.dumps(problem), "application/problem+json"
    response = Response(body, error.code, error.get_headers(), mimetype=form)
    response.vary.add("Accept")
    return response


def init_app(app: Flask) -> None:
    """Have every error of the app pass through here."""
    app.register_error_handler(HTTPException, show)
    for kind in STATUS:
        app.register_error_handler(kind, show)
