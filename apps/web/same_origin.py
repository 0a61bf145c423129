"""Let a change through only if one of our own pages, or a program, asks for it.

A browser adds the session's cookie to every request, also to one that a page of another
site makes (cross-site request forgery, CSRF). So a change without an Authorization
header must be JSON, which another site's page can't send without our consent. And the
headers `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC 6454), one of which every
browser sends, must not name another site. Our own site is PUBLIC_URL; without it, the
address that the request was sent to, as told by the PROXIES in front of the app.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from werkzeug.exceptions import SecurityError

from apps.web.problem import ProblemError

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])
Origin = tuple[str, str, int]  # scheme, host, port

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_SHOWN = 200  # characters of a header in a log line
REFUSED = "A change must be asked for by this site's own pages."
ADVICE = " If one did, PUBLIC_URL or PROXIES is wrong: tell who runs this site."
UNKNOWN_HOST = (
    "This site does not answer to that address. Whoever runs it can name it in "
    "PUBLIC_URL, or in TRUSTED_HOSTS."
)
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
    if scheme != "bearer":
        _refuse_other_sites()


def _refuse_other_sites() -> None:
    """Raise ProblemError if a header says that another site asks; log which one."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    public = current_app.config["PUBLIC_URL"]
    # As it was asked for: Flask's `host` leaves out names that it takes for none.
    host = request.headers.get("Host", request.host)
    here = public or f"{request.scheme}://{host}/"
    if site not in (None, "same-origin", "none"):
        wrong, advice = f"Sec-Fetch-Site is {site[:MAX_SHOWN]!r}", ""
    elif origin is None or origin_of(origin) == (origin_of(here) or ""):
        return
    else:
        source = "PUBLIC_URL" if public else "the address asked for; see PROXIES"
        wrong = f"Origin is {origin[:MAX_SHOWN]!r}, not {here[:MAX_SHOWN]!r} ({source})"
        advice = ADVICE
    log.warning("refused to change %s: %s", request.path[:MAX_SHOWN], wrong)
    raise ProblemError(403, REFUSED + advice)


def refuse_other_hosts() -> None:
    """Log a host that is not in TRUSTED_HOSTS: Flask refuses it, but says nothing."""
    if isinstance(request.routing_exception, SecurityError):
        host = request.headers.get("Host", "")[:MAX_SHOWN]
        ours = list(current_app.config["TRUSTED_HOSTS"])
        log.warning("refused the host %r, not one of %s", host, ours)
        raise ProblemError(400, UNKNOWN_HOST)


def init_app(app: Flask) -> None:
    """Check every request."""
    app.before_request(refuse_other_hosts)
    app.before_request(check)
