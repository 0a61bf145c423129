"""The index of the texts: an SQLite file of its own, which follows the texts.

It holds nothing that the texts don't. If it is lost, damaged or of another version, it
is rebuilt. Several processes share it: the first one that finds a text changed
writes it anew, in one transaction, while the others read what was there before.
"""

import contextlib
import json
import logging
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from apps.chapter.backend import Catalogue, TextsUnreadable
from apps.chapter.models import Chapter, Part
from apps.search.plain import sections

log = logging.getLogger(__name__)

VERSION = 4  # of the schema below
CHECK_INTERVAL_SECONDS = 1.0  # between two looks for changed texts
LOCK_TIMEOUT_SECONDS = 30  # for the first search while another process builds

SCHEMA = [
    "DROP TABLE IF EXISTS part",
    """CREATE VIRTUAL TABLE part USING fts5(
        title, number UNINDEXED, slug UNINDEXED, name UNINDEXED, version UNINDEXED,
        text, sections UNINDEXED,
        tokenize = "porter unicode61 remove_diacritics 2")""",
    # A word in the title, the first column, counts as much as eight in the text.
    "INSERT INTO part (part, rank) VALUES ('rank', 'bm25(8.0)')",
    f"PRAGMA user_version = {VERSION}",
]

Key = tuple[int, str, str, str]  # number, slug, name, version: one version of one text
Texts = dict[Key, tuple[Chapter, Part]]


class SearchUnavailable(Exception):
    """The index can't be read or written at the moment."""


class Index:
    """The index in one file."""

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        """Remember where the file is; it is made when somebody first searches."""
        self.path, self.catalogue = path, catalogue
        self._checked = float("-inf")  # when the texts were last compared with it

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open the index, brought up to date, and close it afterwards.

        Raises SearchUnavailable, also for an error of the query. The words of the query
        are left out of it and of the log, because they are the reader's own matter.
        """
        try:
            with contextlib.closing(self._open()) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            if _is_damage(error):
                self.path.unlink(missing_ok=True)
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            log.error("The search index can't be used: %s", name)
            raise SearchUnavailable("The search can't be used at the moment.") from None

    def _open(self) -> sqlite3.Connection:
        """Open the file and bring it up to date; if it is damaged, make it again."""
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
        log.warning("The search index is damaged: it is rebuilt")
        self.path.unlink(missing_ok=True)
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path, timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None
        )
        try:
            self._update(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _update(self, connection: sqlite3.Connection) -> None:
        """Write what changed, unless another process is at it."""
        now, built = time.monotonic(), _is_built(connection)
        if built and now - self._checked < CHECK_INTERVAL_SECONDS:
            return
        texts = self._texts()
        if not built or _rows(connection).keys() != texts.keys():
            if not _begin(connection, wait=not built):
                return  # the other process's changes will be there for the next search
            with connection:  # commits, or rolls back
                self._write(connection, texts)
        self._checked = now

    def _texts(self) -> Texts:
        """List the texts that there are, without reading them."""
        texts: Texts = {}
        for chapter in self.catalogue.chapters:
            for part in chapter.parts:
                with contextlib.suppress(TextsUnreadable):
                    version = self.catalogue.version(chapter, part)
                    key = (chapter.number, chapter.slug, part.name, version)
                    texts[key] = (chapter, part)
        return texts

    def _write(self, connection: sqlite3.Connection, texts: Texts) -> None:
        """Make the index hold exactly these texts."""
        if not _is_built(connection):
            for statement in SCHEMA:
                connection.execute(statement)
        rows = _rows(connection)
        old = [(rows[key],) for key in rows.keys() - texts.keys()]
        connection.executemany("DELETE FROM part WHERE rowid = ?", old)
        for key in texts.keys() - rows.keys():
            chapter, part = texts[key]
            try:
                text, found = sections(self.catalogue.text(chapter, part))
            except TextsUnreadable as error:  # the others are searched all the same
                log.warning("not searched: %s", error)
                text, found = "", []
            row = (part.title, *key, text, json.dumps(found))
            connection.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _rows(connection: sqlite3.Connection) -> dict[Key, int]:
    """Map each version of a text that the index has to its row."""
    found = connection.execute("SELECT rowid, number, slug, name, version FROM part")
    return {
        (number, slug, name, version): row for row, number, slug, name, version in found
    }


def _is_built(connection: sqlite3.Connection) -> bool:
    version: tuple[int] = connection.execute("PRAGMA user_version").fetchone()
    return version[0] == VERSION


def _begin(connection: sqlite3.Connection, wait: bool) -> bool:
    """Become the process that writes; False if another one does, and we don't wait."""
    connection.execute("PRAGMA synchronous = OFF")  # what is damaged is rebuilt
    if not wait:
        connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if wait or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {LOCK_TIMEOUT_SECONDS * 1000}")
    return True


def _is_damage(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
