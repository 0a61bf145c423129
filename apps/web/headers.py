"""Headers that tell a browser what a page of ours may do: as little as it needs.

They are those that OWASP's ASVS 5.0 asks for at level 2 (V3.4, V3.2.1), and two of its
level 3. A view that needs another value sets the header itself, and that one stays.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BASE_POLICY = (
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    f"font-src 'self'; connect-src 'self'; media-src 'self'; {BASE_POLICY}"
)
# What is no page runs nothing, also where somebody opens it by itself.
DRAWING = f"default-src 'none'; style-src 'unsafe-inline'; sandbox; {BASE_POLICY}"
OTHER = f"default-src 'none'; sandbox; {BASE_POLICY}"
POLICIES = {"text/html": PAGE, "image/svg+xml": DRAWING}

DEFAULT_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),  # a text is never taken for a script
    # What somebody searched for is in our addresses; `no-referrer` would also make
    # the Origin of our own forms `null`.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), "
        "usb=()",
    ),
]
FIXED = {name.lower(): (name, value) for name, value in DEFAULT_HEADERS}
HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


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
            added = [pair for name, pair in FIXED.items() if name not in own]
            if "content-security-policy" not in own:
                kind = own.get("content-type", "").partition(";")[0].strip().lower()
                policy = POLICIES.get(kind, OTHER)
                added.append(("Content-Security-Policy", policy))
            if self.public_https or environ["wsgi.url_scheme"] == "https":
                added.append(HSTS)
            if "cache-control" not in own and is_personal(environ, own):
                added.append(("Cache-Control", "no-store"))
            return start_response(status, [*headers, *added], exc_info)

        return self.app(environ, start)


def is_personal(environ: "WSGIEnvironment", headers: dict[str, str]) -> bool:
    """Tell whether an answer may hold what only one person should see (ASVS V14.3.2).

    It sets a cookie, or depends on one, or on an Authorization header.
    """
    if "set-cookie" in headers or "HTTP_AUTHORIZATION" in environ:
        return True
    return "HTTP_COOKIE" in environ and "cookie" in headers.get("vary", "").lower()


def init_app(app: Flask) -> None:
    """Wrap the app."""
    address = app.config.get("PUBLIC_URL") or ""
    public_https = address.lower().startswith("https:")
    app.wsgi_app = SafeHeaders(  # type: ignore[method-assign]
        app.wsgi_app, public_https
    )
