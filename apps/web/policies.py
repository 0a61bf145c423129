"""What a browser is told about our answers: as little is allowed as a page needs.

The headers are those that OWASP's ASVS 5.0 asks for at level 2 (V3.4, V3.2.1), and two
of its level 3.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

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


def policy_for(content_type: str) -> str:
    """Return the Content-Security-Policy of an answer of this type."""
    kind = content_type.partition(";")[0].strip().lower()
    return POLICIES.get(kind, OTHER)


def is_personal(environ: "WSGIEnvironment", headers: dict[str, str]) -> bool:
    """Tell whether an answer may hold what only one person should see (ASVS V14.3.2).

    It sets a cookie, or depends on one, or on an Authorization header.
    """
    if "set-cookie" in headers or "HTTP_AUTHORIZATION" in environ:
        return True
    return "HTTP_COOKIE" in environ and "cookie" in headers.get("vary", "").lower()
