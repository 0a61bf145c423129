"""How many requests the API takes: from a user, or from the address of a stranger.

What is left stands in the headers of draft-ietf-httpapi-ratelimit-headers-11.
"""

import logging
from functools import cache

import limits
from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from werkzeug.exceptions import TooManyRequests

from apps.api import Resource
from apps.api.documented import documented
from apps.store import limiter
from apps.store.limiter import Slot
from apps.web.client_address import client_address

logger = logging.getLogger(__name__)
parse = cache(limits.parse)
documented(
    responses={
        429: "There were too many requests. Retry-After says when to ask again."
    },
    headers={
        "RateLimit-Policy": "How many requests are taken (q), in how many seconds (w).",
        "RateLimit": "How many are left (r), for how many seconds (t).",
    },
)(Resource)


def count() -> None:
    """Count a request of the API. Raises TooManyRequests."""
    if not request.path.startswith("/api/"):
        return
    name, key = "address", client_address()
    if current_user.is_authenticated:
        name, key = "user", f"user-{current_user.id}"
    limit = parse(current_app.config[f"API_LIMIT_BY_{name.upper()}"])
    window = limiter.count(Slot(limit, f"api-{key}"))
    g.rate_limit = {
        "RateLimit-Policy": f'"{name}";q={limit.amount};w={limit.get_expiry()}',
        "RateLimit": f'"{name}";r={max(0, window.left)};t={window.seconds}',
    }
    if window.left == -1:  # the first too many: one line a window is enough
        logger.warning("%s sent more than %s", key, limit)
    if window.left < 0:
        raise TooManyRequests(
            f"The API takes {limit} from you. Try again in {window.seconds} s.",
            retry_after=window.seconds,
        )


def tell(response: Response) -> Response:
    """Say what is left, also where the request was one too many."""
    response.headers.update(g.get("rate_limit", {}))
    return response


def init_app(app: Flask) -> None:
    """Count every request of the API, and tell."""
    app.before_request(count)
    app.after_request(tell)
