"""Views that take more than other views do: a body as large as a setting says."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request

View = TypeVar("View", bound=Callable[..., Any])


def takes_up_to(setting: str) -> Callable[[View], View]:
    """Mark a view whose body may have as many bytes as a setting says."""

    def mark(view: View) -> View:
        view.max_body_setting = setting  # type: ignore[attr-defined]
        return view

    return mark


def widened(limit: int) -> int:
    """Return the limit of the view that is asked for: limit, or more if it is marked.

    A form has a little around a file, so the usual limit comes on top.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    setting = getattr(view, "max_body_setting", None)
    # region chapter 8: resources
    # A resource says in bytes what its schema allows.
    if limit:
        resource = getattr(view, "view_class", None)
        limit += getattr(resource, "more_body_bytes", 0)
    # endregion resources
    return limit + current_app.config[setting] if limit and setting else limit
