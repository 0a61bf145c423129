"""Say that a method returns a page of a list: some things, and where it goes on."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from apps.api.returns import Returned
from apps.api.serializer import Serializer

Method = Callable[..., Any]


def returns_page(serializer: Serializer) -> Callable[[Method], Method]:
    """Write the things that a method returns, and the address of the next page.

    Beside the things, the method returns the cursor after the last one, or None.
    """

    def decorate(method: Method) -> Method:
        @wraps(method)
        def answer(*args: Any, **kwargs: Any) -> Any:
            fields = serializer.chosen()
            things, cursor = method(*args, **kwargs)
            url = next_url(cursor) if cursor else None
            items = [serializer.dump(thing, fields) for thing in things]
            headers = {"Link": f'<{url}>; rel="next"'} if url else {}
            return {"items": items, "next": url}, 200, headers

        answer.__dict__["returned"] = Returned(serializer, 200, many=True)
        answer.__dict__["paged"] = True
        return answer

    return decorate


def next_url(cursor: str) -> str:
    """Return the address of the request with another cursor, all else as it was."""
    here = url_for(str(request.endpoint), **(request.view_args or {}))
    return f"{here}?{urlencode(request.args.to_dict() | {'after': cursor})}"
