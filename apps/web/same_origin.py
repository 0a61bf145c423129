"""Let a change through only if one of our own pages, or a program, asks for it.

A browser adds the session's cookie to every request, also to one that a page of another
site makes (cross-site request forgery, CSRF). So a change without an Authorization
header must be JSON, which another site's page can't send without our consent. And the
headers `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC 6454), one of which every
browser sends, must not name another site. Our own site is PUBLIC_URL; without it, the
address that the request was sent to, as told by the PROXIES in front of the app.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, request

from apps.web.problem import ProblemError

View = TypeVar("View", bound=Callable[..., Any])
Origin = tuple[str, str, int]  # scheme, host, port

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
DEFAULT_PORTS = {"http": 80, "https": 443}
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def takes_form(view: View) -> View:
    """Mark a view that takes a form (with a token against CSRF) and no JSON."""
    view.takes_form = True  # type: ignore[attr-defined]
    return view


def origin_of(address: str) -> Origin | None:
    """Return an address's origin, or None where it has none (as for `null`)."""
    try:
        parts = urlsplit(address)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not port or not parts.hostname or parts.scheme not in DEFAULT_PORTS:
        return None
    return parts.scheme, parts.hostname.rstrip("."), port


def check() -> None:
    """Refuse a change that another site may have asked for, with 415 or 403.

    A browser never adds a bearer token by itself, so a request with one passes. It may
    add a name and a password (HTTP Basic), but then it also says which site asks, as
    with every change. A request that says nothing about that comes from a program.
    """
    if not request.headers.get("Authorization", "").isascii():
        request.environ["HTTP_AUTHORIZATION"] = "?"  # Werkzeug fails on those
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
    form = getattr(current_app.view_functions[request.endpoint], "takes_form", False)
    if form and request.mimetype not in FORM_TYPES:
        raise ProblemError(415, "This must be sent as a form.")
    if not form and not scheme and request.mimetype != "application/json":
        raise ProblemError(415, "A change must be sent as application/json.")
    if scheme != "bearer" and not _from_this_site():
        raise ProblemError(403, "A change must be asked for by this site's own pages.")


def _from_this_site() -> bool:
    """Return False if a header says that the request comes from another site."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin", "none"):
        return False
    if origin is None:
        return True
    here = origin_of(current_app.config["PUBLIC_URL"] or request.host_url)
    return here is not None and origin_of(origin) == here


def init_app(app: Flask) -> None:
    """Check every request."""
    app.before_request(check)
