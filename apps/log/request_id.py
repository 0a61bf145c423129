"""Give every request an id, which its log lines and its response carry."""

import re
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-ID"
VALID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIds:
    """Middleware: around the app, so that its error answers have an id too.

    An id that a proxy in front of us sends is kept if it is harmless in a log line.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        """Wrap app."""
        self.app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Pass a request on, under its id."""
        sent = environ.get("HTTP_X_REQUEST_ID", "")
        own = sent if VALID.fullmatch(sent) else secrets.token_hex(8)
        request_id.set(own)

        def start(status, headers, exc_info=None):  # type: ignore[no-untyped-def]
            return start_response(status, [*headers, (HEADER, own)], exc_info)

        def forget() -> None:
            request_id.set("-")

        try:
            return ClosingIterator(self.app(environ, start), forget)
        except BaseException:
            forget()
            raise
