"""Which other sites' pages may use the API: origins, as browsers name them."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from apps.settings.types import Words

ADVICE = (
    "write each as a browser does: https://app.example.org, or http://localhost:3000; "
    "no *, no path, no port that goes without saying"
)
# An IPv6 address isn't taken: Flask-CORS reads its brackets as a pattern.
ORIGIN = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:[1-9][0-9]{0,4})?")
UNSAID = {("http", 80), ("https", 443)}


def check(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Return origins that a browser could send. Raises ValueError."""
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise ValueError(ADVICE)
        parts = urlsplit(origin)
        if (parts.scheme, parts.port) in UNSAID:  # a wrong port is a ValueError, too
            raise ValueError(ADVICE)
    return origins


Origins = Annotated[Words, AfterValidator(check)]
