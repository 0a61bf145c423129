"""Our own exceptions as errors of HTTP, and the page that shows an error."""

from collections.abc import Mapping

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


def as_page(fields: dict[str, object]) -> str:
    """Write an error for a person; what it quotes is escaped."""
    # region chapter 5: page
    page = error_pages.render(fields)
    if page is not None:
        return page
    # endregion page
    return PAGE.format(**fields)
