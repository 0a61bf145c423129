"""The search itself: one query to SQLite's full-text index (FTS5)."""

import re

from apps.search.index import Index
from apps.search.models import Hit, Piece
from apps.search.words import expressions

MOST = 20  # hits

# bm25 (the rank) is the smaller the better; char(2) and char(3) stand in no text.
FIND = """
    SELECT number, slug, name, title, snippet(part, 1, char(2), char(3), '\u2026', 30)
    FROM part WHERE part MATCH ? ORDER BY rank LIMIT ?
"""


def find(index: Index, asked: str) -> list[Hit]:
    """Find the parts with all the words; else with words that begin as the last does.

    Raises SearchUnavailable.
    """
    with index.reading() as connection:
        for expression in expressions(asked):
            rows = connection.execute(FIND, (expression, MOST)).fetchall()
            if rows:
                return [Hit._make([*row, pieces(text)]) for *row, text in rows]
    return []


def pieces(excerpt: str) -> list[Piece]:
    """Split an excerpt at its marks: what stands between two of them is a hit."""
    texts = re.split("[\x02\x03]", excerpt)
    return [Piece(text, n % 2 == 1) for n, text in enumerate(texts) if text]
