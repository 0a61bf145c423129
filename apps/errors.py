"""One answer to every error: JSON for programs, a small page for browsers."""

from flask import Flask, Response, json, request
from werkzeug.exceptions import HTTPException

from apps.chapter.backend import ChapterNotFound, TextsUnreadable
from apps.file.disk import DiskFull, DiskUnusable  # chapter 7
from apps.file.domain import NoSuchFile, TooLong, TooShort  # chapter 7
from apps.file.kinds import WrongType  # chapter 7
from apps.file.models import BadFile  # chapter 7
from apps.file.policy import QuotaExceeded  # chapter 7
from apps.note import domain as notes  # chapter 7
from apps.note.checking import BadCursor, BadNote  # chapter 7
from apps.permission.backend import RoleNotFound, UserNotFound  # chapter 6
from apps.permission.domain import Forbidden, LastAdmin  # chapter 6
from apps.search.words import BadQuery  # chapter 5
from apps.store import outages  # chapter 3
from apps.token.domain import TokenUsed  # chapter 4
from apps.user.domain import Taken, WrongCredentials, WrongPassword  # chapter 3
from apps.user.names import BadEmail, BadName  # chapter 3
from apps.user.passwords import WeakPassword  # chapter 3
from apps.web.negotiation import negotiate
from apps.web.problem import as_page, as_problem

STATUS: dict[type[Exception], int] = {
    ChapterNotFound: 404,
    TextsUnreadable: 503,
    BadQuery: 400,  # chapter 5
    BadEmail: 422,  # chapter 3
    BadName: 422,  # chapter 3
    WeakPassword: 422,  # chapter 3
    Taken: 409,  # chapter 3
    WrongCredentials: 401,  # chapter 3
    WrongPassword: 403,  # chapter 3
    TokenUsed: 409,  # chapter 4
    Forbidden: 403,  # chapter 6
    LastAdmin: 409,  # chapter 6
    RoleNotFound: 404,  # chapter 6
    UserNotFound: 404,  # chapter 6
    # region chapter 7: files
    BadFile: 422,
    DiskFull: 507,
    DiskUnusable: 503,
    NoSuchFile: 404,
    QuotaExceeded: 413,
    TooLong: 413,
    TooShort: 400,
    WrongType: 415,
    # endregion files
    BadCursor: 400,  # chapter 7
    BadNote: 422,  # chapter 7
    # region chapter 7 until 8: changed
    # | notes.NoteChanged: 409,
    # endregion changed
    notes.NoteChanged: 412,  # chapter 8
    notes.NoteNotFound: 404,  # chapter 7
    notes.NotYourNote: 403,  # chapter 7
    notes.TooManyNotes: 409,  # chapter 7
}


def fields_of(error: HTTPException) -> dict[str, object]:
    """Describe an error in the fields of RFC 9457."""
    return {
        "type": "about:blank",
        "title": error.name,
        "status": error.code,
        "detail": error.description,
        "instance": request.root_path + request.path,
        **getattr(error, "extra", {}),
    }


def show(error: Exception) -> Response:
    """Answer in the form that the client prefers, with the error's own headers."""
    if not isinstance(error, HTTPException):
        error = as_problem(error, STATUS)
    fields = fields_of(error)
    form = negotiate("application/problem+json", "application/json", "text/html")
    if form == "text/html":
        body = as_page(fields)
    else:
        body, form = json.dumps(fields) + "\n", "application/problem+json"
    response = Response(body, error.code, error.get_headers(), mimetype=form)
    response.vary.add("Accept")
    # region chapter 4: challenge
    if response.status_code == 401:  # which has to say how to ask (RFC 9110)
        response.headers.setdefault("WWW-Authenticate", 'Bearer realm="lectern"')
    # endregion challenge
    return response


def init_app(app: Flask) -> None:
    """Have every error of the app pass through here."""
    app.register_error_handler(HTTPException, show)
    for kind in STATUS:
        app.register_error_handler(kind, show)
    outages.init_app(app, show)  # chapter 3
