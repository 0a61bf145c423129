"""How much a request may hold, checked before anything is done with it.

Some work grows faster than what it is done to: bringing a text's accents into Unicode's
order takes four times as long for twice as many. So a request has to be small before
somebody parses, folds or stores a part of it. What changes nothing has no body, and a
change has one form or JSON object. MAX_CONTENT_LENGTH may make that less, never more.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.exceptions import (
    LengthRequired,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
    RequestURITooLarge,
)

from apps.web import large_bodies  # chapter 7
from apps.web.same_origin import SAFE_METHODS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BODY_BYTES = 16 * 1024  # two texts of 1,024 characters, each as \ud83d\ude00
MAX_FORM_PARTS = 100  # of a multipart form
MAX_HEADER_BYTES = 16 * 1024  # of all headers together
MAX_KEPT_BYTES = 1024  # of a header that is still read where together they are too long
MAX_ADDRESS_BYTES = 4 * 1024  # of path and query
TOO_LONG = "lectern.headers_too_long"


class ShortHeaders:
    """Middleware: takes away headers that are too long, for `check` to say so.

    Flask reads cookies, and ProxyFix lists of addresses, before any view or hook runs.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        """Wrap app."""
        self.app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Pass a request on, without its long headers if there is too much of them.

        A long Accept goes in any case: each answer compares it with what we offer.
        """
        sizes = {
            key: len(value)
            for key, value in environ.items()
            if key.startswith(("HTTP_", "CONTENT_TYPE"))
        }
        too_long = sum(sizes.values()) > MAX_HEADER_BYTES
        if too_long:
            environ[TOO_LONG] = True
        for key, size in sizes.items():
            if size > MAX_KEPT_BYTES and (too_long or key == "HTTP_ACCEPT"):
                del environ[key]
        return self.app(environ, start_response)


def check() -> None:
    """Refuse what is too long, with 431, 414 or 413, before a body is read.

    A body in chunks, whose length nobody knows, is 411: Werkzeug would cut it at the
    limit and say nothing, and a fault in a chunk would be a failure of ours.
    """
    if TOO_LONG in request.environ:
        raise RequestHeaderFieldsTooLarge
    size = len(request.environ["PATH_INFO"]) + len(request.query_string)
    if size > MAX_ADDRESS_BYTES:
        raise RequestURITooLarge
    allowed = request.max_content_length or 0
    limit = 0 if request.method in SAFE_METHODS else min(MAX_BODY_BYTES, allowed)
    limit = large_bodies.widened(limit)  # chapter 7
    request.max_content_length = limit  # also where HTTP/2 brings no length
    request.max_form_parts = MAX_FORM_PARTS
    if "HTTP_TRANSFER_ENCODING" in request.environ:
        raise LengthRequired("Say how long the body is, in Content-Length.")
    if request.endpoint and (request.content_length or 0) > limit:
        raise RequestEntityTooLarge(f"A body may have at most {limit} bytes here.")


def init_app(app: Flask) -> None:
    """Check every request, and shorten its headers before all other middleware."""
    app.before_request(check)
    app.wsgi_app = ShortHeaders(app.wsgi_app)  # type: ignore[method-assign]
