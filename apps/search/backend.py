"""The search itself: what a reader asked for, and the words around each match."""

import re

from apps.search.index import Index
from apps.search.models import Hit, Piece
from apps.search.words import expressions

MAX_HITS = 20


def find(index: Index, query: str) -> list[Hit]:
    """Find the sections with all the words; else with the last one as a beginning."""
    for expression in expressions(query):
        rows = index.best(expression, MAX_HITS)
        if rows:
            return [Hit._make([*place, pieces(cut)]) for *place, cut in rows]
    return []


def pieces(excerpt: str) -> list[Piece]:
    """Cut an excerpt at its marks: what stands between two of them is a hit."""
    texts = re.split("[\x02\x03]", excerpt)
    return [Piece(text, n % 2 == 1) for n, text in enumerate(texts) if text]
