"""The index of the texts: an SQLite file of its own, which follows the texts.

It holds nothing that the texts don't: lost, torn or of another version, it is made
again. Several processes share it. Whoever finds a text changed writes it anew, in one
transaction; others go on reading what was there before.
"""

import contextlib
import json
import logging
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from apps.chapter.backend import Catalogue, TextsUnreadable
from apps.search.plain import sections

log = logging.getLogger(__name__)

VERSION = 2  # of the schema below
LOOK_AGAIN = 1.0  # seconds for which the texts count as unchanged
PATIENCE = 30.0  # seconds that the first search waits while another process builds
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

SCHEMA = [
    """CREATE VIRTUAL TABLE part USING fts5(
        title, text, sections UNINDEXED,
        number UNINDEXED, slug UNINDEXED, name UNINDEXED,
        tokenize = "porter unicode61 remove_diacritics 2")""",
    # A word in the title counts as much as eight in the text.
    "INSERT INTO part (part, rank) VALUES ('rank', 'bm25(8.0, 1.0)')",
    # Which state of which text a row is of; the title is a chapter's own heading.
    """CREATE TABLE source (
        id INTEGER PRIMARY KEY, slug TEXT, name TEXT, stamp TEXT,
        UNIQUE (slug, name))""",
    f"PRAGMA user_version = {VERSION}",
]


class SearchUnavailable(Exception):
    """The index can't be read or written at the moment."""


class Index:
    """The index in one file."""

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        """Remember where the file is; it is made when somebody first searches."""
        self.path, self.catalogue = path, catalogue
        self._looked = float("-inf")

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection to an index that has the texts as they are.

        Raises SearchUnavailable, also for what goes wrong inside, and without the
        words that were searched for: its text may reach a log.
        """
        try:
            connection = self._fresh()
            with contextlib.closing(connection):
                yield connection
        except (sqlite3.Error, OSError) as error:
            if self._is_damage(error):
                self._discard()
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            log.error("The search index can't be used: %s", name)
            raise SearchUnavailable("The search can't be used at the moment.") from None

    def _fresh(self) -> sqlite3.Connection:
        """Open the file, bring it up to date; where it is damaged, make it again."""
        try:
            return self._opened()
        except sqlite3.Error as error:
            if not self._is_damage(error):
                raise
            log.warning("The search index is damaged: it is made again")
            self._discard()
            return self._opened()

    def _opened(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        try:
            built = _version(connection) == VERSION
            if not built:
                _keep_a_wal(connection)
            now = time.monotonic()
            due = not built or now - self._looked >= LOOK_AGAIN
            if due and self._update(connection, built):
                self._looked = now
        except BaseException:
            connection.close()
            raise
        return connection

    def _update(self, connection: sqlite3.Connection, built: bool) -> bool:
        """Write what changed. Tell whether that's done, not left to another process."""
        states = _states(self.catalogue)
        if built and _known(connection) == states:
            return True
        connection.execute("PRAGMA synchronous = NORMAL")
        if built:
            connection.execute("PRAGMA busy_timeout = 0")
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if built and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                return False  # who has the lock is at it; what is there can be read
            raise
        finally:
            connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        try:
            if _version(connection) != VERSION:
                _create(connection)
            _write(connection, self.catalogue, states)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return True

    def _is_damage(self, error: Exception) -> bool:
        code = getattr(error, "sqlite_errorcode", None)
        return code is not None and code & 0xFF in DAMAGED

    def _discard(self) -> None:
        """Take the file away; others that have it open still read their copy."""
        self._looked = float("-inf")
        for ending in ("-wal", "-shm", ""):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)


def _keep_a_wal(connection: sqlite3.Connection) -> None:
    """Let readers and a writer not wait for each other, from now on in this file.

    Of two that ask at once one is refused, whatever its busy timeout: it asks again.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > end:
                raise
            time.sleep(0.01)


Key = tuple[str, str]  # a part, by its chapter's slug and its own name


def _version(connection: sqlite3.Connection) -> int:
    row: tuple[int] = connection.execute("PRAGMA user_version").fetchone()
    return row[0]


def _states(catalogue: Catalogue) -> dict[Key, str]:
    """Tell of each text what changes when it does, without reading it."""
    states = {}
    for chapter in catalogue.chapters:
        for part in chapter.parts:
            with contextlib.suppress(TextsUnreadable):
                stamp = f"{chapter.number} {catalogue.stamp(chapter, part)}"
                states[chapter.slug, part.name] = stamp
    return states


def _known(connection: sqlite3.Connection) -> dict[Key, str]:
    rows = connection.execute("SELECT slug, name, stamp FROM source")
    return {(slug, name): stamp for slug, name, stamp in rows}


def _create(connection: sqlite3.Connection) -> None:
    """Make the tables, in place of those of another version."""
    for table in ("part", "source"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in SCHEMA:
        connection.execute(statement)


def _write(
    connection: sqlite3.Connection, catalogue: Catalogue, states: dict[Key, str]
) -> None:
    """Make the index hold exactly these texts."""
    known = _known(connection)
    for key in known.keys() - states.keys():
        _remove(connection, key)
    for chapter in catalogue.chapters:
        for part in chapter.parts:
            key = (chapter.slug, part.name)
            if key not in states or known.get(key) == states[key]:
                continue
            _remove(connection, key)
            try:
                text, found = sections(catalogue.text(chapter, part))
            except TextsUnreadable as error:  # the others are searched all the same
                log.warning("not searched: %s", error)
                text, found = "", []
            added = connection.execute(
                "INSERT INTO source (slug, name, stamp) VALUES (?, ?, ?)",
                (*key, states[key]),
            )
            connection.execute(
                "INSERT INTO part "
                "(rowid, title, text, sections, number, slug, name) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(added.lastrowid, part.title, text, json.dumps(found)),
                    *(chapter.number, *key),
                ),
            )


def _remove(connection: sqlite3.Connection, key: Key) -> None:
    row = connection.execute(
        "DELETE FROM source WHERE slug = ? AND name = ? RETURNING id", key
    ).fetchone()
    if row:
        connection.execute("DELETE FROM part WHERE rowid = ?", row)
