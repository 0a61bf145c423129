"""Turn what a reader types into a query of FTS5, with every word in quotes.

FTS5 has a language of its own (AND, NEAR, `title:`, `^`, `*`, brackets), in which a
stray quote is a syntax error. A word in quotes is only a word. What the reader puts in
double quotes is searched for as one piece.
"""

import re
from collections.abc import Iterator

from apps.domain_error import DomainError

MAX_QUERY_CHARACTERS = 100
TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class BadQuery(DomainError):
    """The query is too long, or is not text."""

    field = "q"


def validate_query(query: str) -> str:
    """Return a query without the spaces around it. Raises BadQuery."""
    if len(query) > MAX_QUERY_CHARACTERS:
        raise BadQuery(f"must have at most {MAX_QUERY_CHARACTERS} characters")
    if CONTROL.search(query):
        raise BadQuery("must not contain control characters")
    try:
        query.encode()
    except UnicodeEncodeError as error:
        raise BadQuery("must be Unicode text") from error
    return query.strip()


def expressions(query: str) -> Iterator[str]:
    """Write a query for FTS5: all words; then, with the last one as a beginning.

    Nothing comes of a query without a letter or a digit.
    """
    words = [one or other for one, other in TERM.findall(query)]
    quoted = [f'"{word}"' for word in words if any(c.isalnum() for c in word)]
    if quoted:
        yield " ".join(quoted)
        yield " ".join(quoted) + "*"
