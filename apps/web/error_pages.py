"""Errors as pages of the reading room: what happened, and what the reader can do."""

import logging
from typing import cast

from flask import render_template, request
from werkzeug.exceptions import SecurityError, default_exceptions

from apps.log.request_id import request_id

log = logging.getLogger(__name__)

ADVICE = {
    400: "The reading room could not make sense of that request. Go back, check what "
    "you entered, and try again.",
    401: "This is only for readers who have logged in. Log in, then try again.",
    403: "You are not allowed to do that. Whoever looks after this reading room can "
    "allow it.",
    404: "There is no such page, or it has moved. You will find everything there is "
    "in the contents or by searching.",
    405: "This address exists, but not for that kind of request. Follow a link or send "
    "a form instead.",
    406: "This page does not exist in a form that your browser accepts.",
    408: "Your request took too long to arrive. Check your connection and try again.",
    409: "Somebody else changed this at the same time. Reload the page and try again.",
    410: "This page existed once and has been removed for good.",
    411: "Your browser did not say how much it was going to send. Try another one.",
    412: "The page has changed since you opened it. Reload it and try again.",
    413: "That is more than this reading room accepts at once. Send something smaller.",
    414: "That address is too long. Shorten what you are looking for.",
    415: "This page can't read what was sent to it. Use the form on the page.",
    416: "The file is shorter than the part of it that was asked for.",
    417: "The reading room can't do what your browser expects of it.",
    418: "The reading room is asked to brew coffee, and it is a teapot.",
    421: "That request was meant for another server. Check the address.",
    422: "Something in that form is missing or wrong. Go back, correct it, and send it "
    "again.",
    423: "Somebody is changing this at the moment. Try again in a while.",
    424: "Another request, which this one needs, has failed. Try again in a while.",
    428: "Reload the page first, so that you don't overwrite what somebody else has "
    "changed.",
    429: "The reading room takes only so many requests in a short time.",
    431: "Your browser sent too much about itself. Delete the cookies of this site, "
    "then try again.",
    451: "This page can't be shown for legal reasons.",
    500: "The fault is ours, not yours, and it has been logged. Try again in a while.",
    501: "The reading room can't do that yet.",
    502: "A server behind this one gave a wrong answer. Try again in a while.",
    503: "Part of the reading room is closed at the moment. Try again in a while.",
    504: "A server behind this one took too long to answer. Try again in a while.",
    505: "The reading room does not speak the version of HTTP that your browser uses.",
    507: "There is no room for more at the moment. Try again later.",  # chapter 7
}


def render(fields: dict[str, object]) -> str | None:
    """Return the page of an error, or None if the page itself fails.

    fields are those of the error's JSON. A page may ask the database who reads it; if
    the database is what failed, the caller has to do with a plainer page.
    """
    if isinstance(request.routing_exception, SecurityError):
        return None  # for a host that is not ours no link can be written
    status = cast(int, fields["status"])
    standard = default_exceptions.get(status)
    if standard and fields["detail"] == standard.description:
        fields = {**fields, "detail": None}  # our advice stands for Werkzeug's words
    try:
        return render_template(
            "error.html",
            **fields,
            advice=ADVICE.get(status),
            request_id=request_id.get(),
        )
    except Exception:
        log.exception("the page of an error with status %s fails", status)
        return None
