"""The two forms of an error: RFC 9457's JSON object, and a small page."""

from collections.abc import Mapping

from flask import json, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from apps.web import error_pages  # chapter 5

PAGE = Markup(
    """<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<h1>{status} {title}</h1>
<p>{detail}</p>
"""
)


class ProblemError(HTTPException):
    """An error with any status; `extra` are fields that its JSON has besides."""

    def __init__(self, code: int, detail: str, **extra: object) -> None:
        """Answer with a status, words for a person, and more fields for programs."""
        super().__init__(detail)
        self.code, self.extra = code, extra


def as_problem(
    error: Exception, statuses: Mapping[type[Exception], int]
) -> ProblemError:
    """Return an error of ours with the status of its class, or of a parent class."""
    status = next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)
    return ProblemError(status, str(error), **getattr(error, "extra", {}))


def fields(error: HTTPException) -> dict[str, object]:
    """Return what the standard asks for; about:blank says that the status says it."""
    return {
        "type": "about:blank",
        "title": error.name,
        "status": error.code,
        "detail": error.description,
        "instance": request.path,
        **getattr(error, "extra", {}),
    }


def as_json(error: HTTPException) -> str:
    """Write an error for a program, and end the line for a terminal."""
    return json.dumps(fields(error)) + "\n"


def as_page(error: HTTPException) -> str:
    """Write an error for a person; what it quotes is escaped."""
    # region chapter 5: page
    page = error_pages.render(fields(error))
    if page is not None:
        return page
    # endregion page
    return PAGE.format(**fields(error))
