"""What a client prefers (RFC 7240): with `return=minimal`, an answer without a body."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, request
from flask_restful.utils import unpack
from werkzeug.http import parse_list_header, parse_options_header

from apps.api.documented import documented

Method = Callable[..., Any]

PREFER = {
    "name": "Prefer",
    "in": "header",
    "description": "With `return=minimal` the answer has no body.",
    "schema": {"type": "string", "examples": ["return=minimal"]},
}


def preferences() -> dict[str, str]:
    """Return what the client prefers; what it says first counts."""
    found: dict[str, str] = {}
    for item in parse_list_header(",".join(request.headers.getlist("Prefer"))):
        name, _, value = parse_options_header(item)[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def minimal(method: Method) -> Method:
    """Leave out the body for a client that knows what's in it."""

    @documented(parameters=[PREFER])
    @wraps(method)
    def answer(*args: Any, **kwargs: Any) -> Any:
        found = method(*args, **kwargs)
        if preferences().get("return") != "minimal":
            return found
        _, status, headers = unpack(found)
        applied = {"Preference-Applied": "return=minimal"}
        response = Response(status=status, headers={**headers, **applied})
        del response.headers["Content-Type"]  # of nothing
        return response

    return answer
