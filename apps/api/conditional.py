"""Conditional requests (RFC 9110, section 13): send it, or do it, only if it changed.

An ETag is a hash of what an answer is made of. So it's a strong one, and each selection
of fields, which has an address of its own, has its own ETag.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, json, request
from flask_restful.utils import unpack
from werkzeug.http import generate_etag, quote_etag

from apps.api.documented import documented
from apps.api.serializer import Serializer
from apps.web.problem import ProblemError

Method = Callable[..., Any]

TAGS = {"type": "string", "examples": ['"33a64df5"', "*"]}
IF_NONE_MATCH = {"name": "If-None-Match", "in": "header", "schema": TAGS}
IF_MATCH = {"name": "If-Match", "in": "header", "required": True, "schema": TAGS}


def etag_of(content: object) -> str:
    """Return a hash of what an answer is made of."""
    return generate_etag(json.dumps(content).encode())


def with_etag(method: Method) -> Method:
    """Give the answer an ETag; and leave out what the client says that it has."""

    @documented(
        parameters=[IF_NONE_MATCH],
        responses={304: "You have it already: If-None-Match names its ETag."},
        headers={"ETag": "Another one as soon as any byte of the body is another."},
    )
    @wraps(method)
    def answer(*args: Any, **kwargs: Any) -> Any:
        content, status, headers = unpack(method(*args, **kwargs))
        if isinstance(content, Response):  # no JSON: a page, a file
            return content
        tag = etag_of(content)
        if request.if_none_match.contains_weak(tag):
            content, status = None, 304
        return content, status, {**headers, "ETag": quote_etag(tag)}

    return answer


def if_match(
    serializer: Serializer, find: Callable[..., object]
) -> Callable[[Method], Method]:
    """Call the method only if the client has read what is there now.

    find gets what stands in the path, and returns what is there. The method gets that
    as `read`: whoever stores the change must see that it's still the same.
    """

    def decorate(method: Method) -> Method:
        @documented(
            parameters=[IF_MATCH],
            responses={
                412: "It was changed since you read it: get it again.",
                428: "If-Match is missing.",
            },
        )
        @wraps(method)
        def answer(*args: Any, **kwargs: Any) -> Any:
            read = find(**(request.view_args or {}))
            if not request.if_match:
                raise ProblemError(428, "Say with If-Match which ETag you have read.")
            tag = etag_of(serializer.dump(read, serializer.chosen()))
            if tag not in request.if_match:
                raise ProblemError(412, "It was changed since you read it.")
            return method(*args, **kwargs, read=read)

        return answer

    return decorate
