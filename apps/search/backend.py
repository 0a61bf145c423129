"""The search itself: one query to SQLite's full-text index (FTS5)."""

import re

from apps.search.index import Index
from apps.search.models import Hit, Piece
from apps.search.plain import section_at
from apps.search.words import expressions

MAX_HITS = 20

# bm25 (the rank) is the smaller the better; char(2) and char(3) stand in no text.
FIND = """
    SELECT number, slug, name, title, text, sections,
        snippet(part, 5, char(2), char(3), '\u2026', 30)
    FROM part WHERE part MATCH ? ORDER BY rank LIMIT ?
"""


def find(index: Index, query: str) -> list[Hit]:
    """Find the parts with all the words; else with words that begin as the last does.

    Raises SearchUnavailable.
    """
    with index.reading() as connection:
        for expression in expressions(query):
            rows = connection.execute(FIND, (expression, MAX_HITS)).fetchall()
            if rows:
                return [hit(*row) for row in rows]
    return []


def hit(
    number: int, slug: str, name: str, title: str, text: str, found: str, excerpt: str
) -> Hit:
    """Make a row a hit: an excerpt in pieces, and the section where it stands."""
    texts = re.split("[\x02\x03]", excerpt)  # what stands between two marks is a hit
    pieces = [Piece(one, n % 2 == 1) for n, one in enumerate(texts) if one]
    shown = "".join(texts).strip("\u2026")
    section = section_at(found, text.find(shown) + len(texts[0].strip("\u2026")))
    return Hit(number, slug, name, title, section.anchor, section.title, pieces)
