"""The search itself: the best sections first, then what is shown of them."""

import re

from apps.search.index import Index
from apps.search.models import Hit, Piece
from apps.search.words import expressions

MAX_HITS = 20

# rank is the smaller the better; char(2) and char(3) stand in no text; \u2026 is "...".
FIND = """
    SELECT number, slug, name, title, anchor, heading,
        snippet(section, 2, char(2), char(3), '\u2026', 30)
    FROM (SELECT rowid AS best, rank AS place FROM section
        WHERE section MATCH ? ORDER BY rank LIMIT ?)
    CROSS JOIN section ON section.rowid = best WHERE section MATCH ? ORDER BY place
"""


def find(index: Index, query: str) -> list[Hit]:
    """Find the sections with all the words; else with the last one as a beginning."""
    for words in expressions(query):
        # Where headings and italics fill the list, the rest needn't be ranked.
        for ranked in (f"{{heading terms}}: ({words})", words):
            rows = index.query(FIND, ranked, MAX_HITS, words)
            if len(rows) == MAX_HITS:
                break
        if rows:
            return [Hit._make([*place, pieces(cut)]) for *place, cut in rows]
    return []


def pieces(excerpt: str) -> list[Piece]:
    """Cut an excerpt at its marks: what stands between two of them is a hit."""
    texts = re.split("[\x02\x03]", excerpt)
    return [Piece(text, n % 2 == 1) for n, text in enumerate(texts) if text]
