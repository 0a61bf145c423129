"""What a reader types, as FTS5 wants it: every word in quotes, so that none commands.

FTS5 has a language of its own (AND, NEAR, `title:`, `^`, `*`, brackets); a stray quote
in it is a syntax error. Here a word is a word. What somebody puts in double quotes is
found as it stands there, in one piece.
"""

import re
from collections.abc import Iterator

from apps.domain_error import DomainError

LONGEST = 100  # characters of a query
ASKED = re.compile(r'"([^"]*)"?|([^\s"]+)')
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class BadQuery(DomainError):
    """What was asked for can't be searched."""

    field = "q"


def checked(asked: str) -> str:
    """Return a query without the space around it. Raises BadQuery."""
    if len(asked) > LONGEST:
        raise BadQuery(f"has more than {LONGEST} characters")
    if CONTROL.search(asked):
        raise BadQuery("has control characters")
    try:
        asked.encode()
    except UnicodeEncodeError as error:
        raise BadQuery("is not Unicode text") from error
    return asked.strip()


def expressions(asked: str) -> Iterator[str]:
    """Write a query for FTS5: all words; then, with the last one as a beginning.

    Nothing comes of a query without a letter or a digit.
    """
    words = [one or other for one, other in ASKED.findall(asked)]
    quoted = [f'"{word}"' for word in words if any(c.isalnum() for c in word)]
    if quoted:
        yield " ".join(quoted)
        yield " ".join(quoted) + "*"
