"""Say of a method, in each of its answers, that there is a better one, and until when.

`Deprecation` (RFC 9745) says since when nobody should begin to use it, `Sunset`
(RFC 8594) from when on it may be gone, and a `Link` (RFC 8288) what to use instead.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Response, after_this_request, url_for
from werkzeug.http import http_date

from apps.api.documented import documented

Method = Callable[..., Any]

HEADERS = {
    "Deprecation": "Since when nobody should begin to use this.",
    "Sunset": "From when on it may be gone.",
}


def deprecated(
    since: datetime, sunset: datetime, successor: str
) -> Callable[[Method], Method]:
    """Mark a method; its successor is the endpoint of another version's resource."""

    def tell(response: Response) -> Response:
        response.headers["Deprecation"] = f"@{since.timestamp():.0f}"
        response.headers["Sunset"] = http_date(sunset)
        link = f'<{url_for(successor)}>; rel="successor-version"'
        response.headers.add("Link", link)
        return response

    def decorate(method: Method) -> Method:
        @documented(deprecated=True, headers=HEADERS)
        @wraps(method)
        def answer(*args: Any, **kwargs: Any) -> Any:
            after_this_request(tell)
            return method(*args, **kwargs)

        return answer

    return decorate
