"""Which MongoDB the app uses: a URL, or none for the one that the app starts itself."""

import warnings
from typing import Annotated

from pydantic import AfterValidator
from pymongo import MongoClient
from pymongo.errors import PyMongoError

EMBEDDED = "embedded"
ADVICE = "write mongodb://host:27017/name or mongodb+srv://host/name"


def check(url: str | None) -> str | None:
    """Return a URL that PyMongo can use, or None: the app's own server.

    Raises ValueError, which doesn't show the URL: it may hold a password.
    """
    if url in (None, EMBEDDED):
        return None
    try:
        with warnings.catch_warnings(action="error"):  # of options that nobody knows
            MongoClient(url, connect=False).close()
    except (OSError, PyMongoError, TypeError, UserWarning, ValueError):
        raise ValueError(ADVICE) from None
    if "://" not in url:  # PyMongo takes the name of a host, too
        raise ValueError(ADVICE)
    return url


def require(url: str | None) -> str | None:
    """Return what check does, but refuse in production where nobody said anything.

    The app's own server is on one machine, and for it alone.
    """
    if url is None:
        raise ValueError(f"missing in production; {ADVICE}, or {EMBEDDED}")
    return check(url)


MongoUrl = Annotated[str | None, AfterValidator(check)]
ProductionMongoUrl = Annotated[str | None, AfterValidator(require)]
