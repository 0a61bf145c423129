"""Point at a value in a JSON text, as RFC 6901 does."""

from collections.abc import Iterable

MAX_CHARACTERS = 100  # of what somebody else has named


def pointer(path: Iterable[str]) -> str:
    """Write a path: `tags`, `0` becomes /tags/0, and nothing the empty text, for all.

    Before a name that is too long to repeat, or can't be printed, it ends: then it
    points at what holds the value.
    """
    written = ""
    for name in path:
        step = "/" + name.replace("~", "~0").replace("/", "~1")
        if not name.isprintable() or len(written + step) > MAX_CHARACTERS:
            break
        written += step
    return written
