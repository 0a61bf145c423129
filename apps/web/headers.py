"""Add the headers of `apps/web/policies.py` to every answer.

A view that needs another value sets the header itself, and that one stays.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from apps.web import policies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class SafeHeaders:
    """Middleware, so that answers which never reach a view have the headers, too."""

    def __init__(self, app: "WSGIApplication", public_https: bool) -> None:
        """Wrap app; public_https is True if its public address begins with https."""
        self.app, self.public_https = app, public_https

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Pass a request on, and add the headers to its answer."""

        def start(status, headers, exc_info=None):  # type: ignore[no-untyped-def]
            own = {name.lower(): value for name, value in headers}
            added = [pair for name, pair in policies.FIXED.items() if name not in own]
            if "content-security-policy" not in own:
                policy = policies.policy_for(own.get("content-type", ""))
                added.append(("Content-Security-Policy", policy))
            https = self.public_https or environ["wsgi.url_scheme"] == "https"
            if https and "strict-transport-security" not in own:
                added.append(policies.HSTS)
            if "cache-control" not in own and policies.is_personal(environ, own):
                added.append(("Cache-Control", "no-store"))
            return start_response(status, [*headers, *added], exc_info)

        return self.app(environ, start)


def init_app(app: Flask) -> None:
    """Wrap the app."""
    address = app.config.get("PUBLIC_URL") or ""
    public_https = address.lower().startswith("https:")
    app.wsgi_app = SafeHeaders(  # type: ignore[method-assign]
        app.wsgi_app, public_https
    )
