"""Which Redis the app uses: a URL, or none for the one that the app starts itself."""

from typing import Annotated

from pydantic import AfterValidator
from redis import ConnectionPool

EMBEDDED = "embedded"
ADVICE = "write redis://host:6379/0, rediss://host:6379/0 or unix:///path/to/socket"


def check(url: str | None) -> str | None:
    """Return a URL that redis-py can use, or None: the app's own server.

    Raises ValueError, which doesn't show the URL: it may hold a password.
    """
    if url in (None, EMBEDDED):
        return None
    try:
        pool = ConnectionPool.from_url(url)
        pool.make_connection()  # reads the options, and connects to nothing
    except (TypeError, ValueError):
        raise ValueError(ADVICE) from None
    database = url.partition("://")[2].partition("?")[0].partition("/")[2]
    if url.startswith("redis") and database.strip("0123456789"):
        raise ValueError(f"the database is a number: {ADVICE}")
    return url


def require(url: str | None) -> str | None:
    """Return what check does, but refuse in production where nobody said anything.

    The app's own server is on one machine, and for it alone: a second machine would
    have another one, and each would know half of what readers did.
    """
    if url is None:
        raise ValueError(f"missing in production; {ADVICE}, or {EMBEDDED}")
    return check(url)


RedisUrl = Annotated[str | None, AfterValidator(check)]
ProductionRedisUrl = Annotated[str | None, AfterValidator(require)]
