"""Errors as pages of the reading room: what happened, and what the reader can do."""

import logging
from typing import cast

from flask import render_template
from werkzeug.exceptions import default_exceptions

from apps.log.request_id import request_id

log = logging.getLogger(__name__)

ADVICE = {
    400: "Go back, check what you entered, and try again.",
    403: "You are not allowed to do that. Whoever looks after this reading room can "
    "allow it.",
    404: "There is no such page, or it has moved. The contents and the search know all "
    "that there is.",
    413: "That is more than this reading room takes at once. Send something smaller.",
    429: "That was too much in a short time. Wait a little, then try again.",
    500: "That is our fault, not yours, and it has been noted. Try again in a while.",
    503: "A part of the reading room is closed for the moment. Try again in a while.",
}


def render(fields: dict[str, object]) -> str | None:
    """Return the page of an error, or None if the page itself fails.

    fields are those of the error's JSON. A page may ask the database who reads it; if
    the database is what failed, the caller has to do with a plainer page.
    """
    status = cast(int, fields["status"])
    advice = ADVICE.get(status)
    if advice and fields["detail"] == default_exceptions[status].description:
        fields = {**fields, "detail": None}  # our advice stands for Werkzeug's words
    try:
        return render_template(
            "error.html", **fields, advice=advice, request_id=request_id.get()
        )
    except Exception:
        log.exception("the page of an error with status %s fails", status)
        return None
