"""The index of the texts, in memory: SQLite's full-text search (FTS5).

It holds nothing that the texts don't, so each process makes its own when somebody first
searches, and makes it anew when a text has changed.
"""

import contextlib
import threading
import time
import weakref

from apps.chapter.backend import Catalogue, TextsUnreadable
from apps.chapter.models import Chapter, Part
from apps.search.plain import sections
from apps.store.database_url import sqlite3

CHECK_INTERVAL_SECONDS = 1.0  # between two looks for changed texts

SCHEMA = """
    CREATE VIRTUAL TABLE section USING fts5(
        heading, terms, prose, code,
        number UNINDEXED, slug UNINDEXED, name UNINDEXED, title UNINDEXED,
        anchor UNINDEXED,
        tokenize = "porter unicode61 remove_diacritics 2");
    INSERT INTO section (section, rank) VALUES ('rank', 'bm25(6.0, 100, 1.0, 0.1)');
"""
# rank is the smaller the better; char(2) and char(3) stand in no text; \u2026 is "...".
FIND = """
    SELECT number, slug, name, title, anchor, heading,
        snippet(section, 2, char(2), char(3), '\u2026', 30)
    FROM (SELECT rowid AS best, rank AS place FROM section
        WHERE section MATCH ? ORDER BY rank LIMIT ?)
    CROSS JOIN section ON section.rowid = best WHERE section MATCH ? ORDER BY place
"""
ADD = "INSERT INTO section VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Index:
    """The sections of all chapters, a row for each."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Make an empty index; the first query fills it."""
        self.catalogue = catalogue
        self.connection = sqlite3.connect(":memory:", check_same_thread=False)
        weakref.finalize(self, self.connection.close)
        self.connection.executescript(SCHEMA)
        self._lock = threading.Lock()  # a server may search in several threads
        self._versions: dict[tuple[Chapter, Part], str | None] = {}
        self._checked = float("-inf")  # when they were last compared with the files

    def best(self, expression: str, most: int) -> list[tuple]:  # type: ignore[type-arg]
        """Return the best sections for an FTS5 expression, the first first.

        Where headings and italics fill the list, the other sections are not ranked.
        """
        for ranked in (f"{{heading terms}}: ({expression})", expression):
            rows = self.query(FIND, ranked, most, expression)
            if len(rows) == most:
                break
        return rows

    def query(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """Return the rows that a query finds in the index as the texts are now."""
        with self._lock:
            if time.monotonic() - self._checked >= CHECK_INTERVAL_SECONDS:
                self._update()
                self._checked = time.monotonic()
            return self.connection.execute(sql, values).fetchall()

    def _update(self) -> None:
        """Make the index anew if a text has changed since the last time."""
        versions = {
            (chapter, part): self.catalogue.version(chapter, part)
            for chapter in self.catalogue.chapters
            for part in chapter.parts
        }
        if versions == self._versions:
            return
        self.connection.execute("DELETE FROM section")
        for chapter, part in versions:
            with contextlib.suppress(TextsUnreadable):  # the others are searched
                self._add(chapter, part)
        self._versions = versions

    def _add(self, chapter: Chapter, part: Part) -> None:
        where = (chapter.number, chapter.slug, part.name, part.title)
        for section in sections(part.title, self.catalogue.text(chapter, part)):
            words = (section.heading, section.terms, section.prose, section.code)
            self.connection.execute(ADD, (*words, *where, section.anchor))
