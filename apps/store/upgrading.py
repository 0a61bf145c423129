"""Bring the database up to date in development; refuse to serve in production.

Nothing is ever migrated down, and what our migrations did not make is never touched.
"""

import contextlib
import fcntl
import ipaddress
import itertools
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import Connection, NullPool, create_engine, inspect
from sqlalchemy.exc import DBAPIError

from apps.settings.configuration import ConfigurationError
from apps.store.database import db, migrate
from apps.store.database_url import is_busy

COMMAND = "run: flask --app apps db upgrade"
ERRORS = (CommandError, DBAPIError, OSError, RuntimeError, sqlite3.Error)


class Revisions(NamedTuple):
    """Which migrations ran on a database, and which are pending."""

    current: tuple[str, ...]  # the last one; empty where none ran
    mismatch: str  # why the database is not ours; empty where it is
    pending: list[str]  # what to run, the first first
    elsewhere: str = ""  # the host that keeps the database; empty: this machine does


def prepare(app: Flask, name: str) -> None:
    """Make the database fit the app that is about to be served as configuration name.

    Raises ConfigurationError where it doesn't fit and can't be, or mustn't be changed.
    """
    change = refuse_pending if name == "production" else bring_up_to_date
    change(app)


def refuse_pending(app: Flask) -> None:
    """Raise ConfigurationError unless the database is what the code expects."""
    with app.app_context():
        found = read_revisions()
        refuse_read_only()
    if found.mismatch:
        raise ConfigurationError(f"{found.mismatch}: name another in DATABASE_URL")
    if found.pending:
        raise ConfigurationError(
            f"the database lacks migrations ({', '.join(found.pending)}); {COMMAND}"
        )


def bring_up_to_date(app: Flask) -> None:
    """Run the migrations that the database lacks, after a copy of it, and say so.

    An SQLite database that is not ours is set aside first, by a name that says why.
    Raises ConfigurationError where that can't be done, where somebody has to decide, or
    where a migration fails: then nothing is changed.
    """
    with app.app_context(), upgrade_lock():
        found = read_revisions()
        if found.mismatch:
            rename_foreign_database(found)
            found = read_revisions()
        refuse_read_only()
        if not found.pending:
            return
        refuse_unasked(found)
        last = found.pending[-1]
        copy = back_up(last) if found.current else None
        with named(f"the database can't be upgraded to {last}"):
            try:
                with contextlib.redirect_stdout(None):
                    command.upgrade(migrate.get_config(), "head")
            finally:
                db.engine.dispose()
    done = f"upgraded to {last}" if found.current else "made"
    click.echo(f"Database {done}" + (f"; a copy from before is {copy}" if copy else ""))


def refuse_unasked(found: Revisions) -> None:
    """Raise ConfigurationError for a server's database that we mustn't change unasked.

    On another machine it may be the one that production uses. On this one we make the
    tables, but change none: a copy takes pg_dump, in the server's version, and may
    take hours. And nobody can be asked where the server restarts by itself.
    """
    if found.elsewhere:
        why = f"it is on {found.elsewhere}, so nothing is changed unasked"
    elif sqlite_file() is None and found.current:
        why = "only SQLite is copied before an upgrade, so copy it yourself (pg_dump)"
    else:
        return
    missing = ", ".join(found.pending)
    raise ConfigurationError(
        f"the database lacks migrations ({missing}); {why}; then {COMMAND}"
    )


@contextlib.contextmanager
def named(failure: str) -> Iterator[None]:
    """Raise ConfigurationError, with the database's own first line, for its errors."""
    try:
        yield
    except ERRORS as error:
        cause = getattr(error, "orig", None) or error
        why = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        raise ConfigurationError(f"{failure}: {why}") from error


@contextlib.contextmanager
def upgrade_lock() -> Iterator[None]:
    """Let one process at a time look at an SQLite file, copy it and change it.

    PostgreSQL makes upgrades wait for each other by itself: see migrations/env.py.
    """
    file = sqlite_file()
    if file is None:
        yield
        return
    with named("DATABASE_URL"):
        lock = file.with_name(f".{file.name}.lock").open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sqlite_file() -> Path | None:
    """Return the file of the app's database; None where a server keeps it."""
    url = db.engine.url
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def read_revisions() -> Revisions:
    """Ask the database what it holds; raise ConfigurationError where it can't tell.

    A file that is not there isn't made, and one that is isn't changed: this engine is
    without our own set-up of connections, which would switch it to WAL.
    """
    scripts = ScriptDirectory.from_config(migrate.get_config())
    ours = [script.revision for script in scripts.walk_revisions()][::-1]
    file = sqlite_file()
    if file and not file.exists():
        return Revisions((), "", ours)
    with named("DATABASE_URL: the database can't be used"):
        engine = create_engine(db.engine.url, poolclass=NullPool)
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            current = MigrationContext.configure(connection).get_current_heads()
            elsewhere = "" if file else host_elsewhere(connection)
    mismatch = ""
    if unknown := set(current) - set(ours):
        mismatch = f"is of revision {min(unknown)}, which this code doesn't know"
    if file is None:  # a server's database may hold tables of others beside ours
        tables &= set(db.metadata.tables)
    if not current and tables - {"alembic_version"}:
        mismatch = "has tables but no migration revision"
    if mismatch:
        return Revisions(current, f"the database {mismatch}", [])
    missing = scripts.iterate_revisions("heads", current or "base")
    pending = [script.revision for script in missing][::-1]
    return Revisions(current, "", pending, elsewhere)


def host_elsewhere(connection: Connection) -> str:
    """Return the host of a server's database; empty where it is this machine.

    The connection knows: DATABASE_URL may leave it to PGHOST or to a service file.
    """
    info: Any = connection.connection.driver_connection
    host, address = info.info.host, info.info.hostaddr
    if host.startswith(("/", "@")):  # a Unix socket
        return ""
    here = address and ipaddress.ip_address(address).is_loopback
    return "" if here else str(host)


def refuse_read_only() -> None:
    """Raise ConfigurationError for an SQLite file that can be read, but not changed.

    The app would start, and fail at the first log-in. SQLite itself has to say so: it
    writes beside the file, too. The change that we begin puts a number where it was.
    """
    file = sqlite_file()
    if file is None or not file.exists():
        return
    with (
        named(f"DATABASE_URL: {file} can be read, but not changed"),
        contextlib.closing(sqlite3.connect(file, timeout=0)) as connection,
    ):
        try:
            connection.execute("BEGIN IMMEDIATE")
            (number,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version = {number}")
        except sqlite3.OperationalError as error:
            if not is_busy(error):  # where others write, one can
                raise
        connection.rollback()


def rename_foreign_database(found: Revisions) -> None:
    """Rename a file that is not ours, and say so; raise ConfigurationError if used."""
    file = sqlite_file()
    if file is None:
        raise ConfigurationError(f"{found.mismatch}: name another in DATABASE_URL")
    new = free_name(file, f"revision-{'-'.join(found.current) or 'none'}")
    with (
        named(f"{found.mismatch}, and {file} can't be set aside"),
        contextlib.closing(sqlite3.connect(file, timeout=0)) as alone,
    ):
        alone.execute("PRAGMA locking_mode = EXCLUSIVE")
        alone.execute("BEGIN EXCLUSIVE")
        alone.close()
        file.rename(new)
    click.echo(f"{found.mismatch.capitalize()}: {file} is now {new.name}")


def back_up(revision: str) -> Path | None:
    """Copy an SQLite database as it is before an upgrade to revision.

    SQLite copies it, so that what others write meanwhile is in the copy whole or not
    at all. Raises ConfigurationError where there is no copy.
    """
    file = sqlite_file()
    if file is None:
        return None
    copy = free_name(file, f"before-{revision}")
    part = copy.with_name(f"{copy.name}.part")
    with named(f"nothing is changed, for {copy} can't be written"):
        part.unlink(missing_ok=True)
        part.touch(0o600)
        with contextlib.closing(sqlite3.connect(file)) as source:
            source.execute("VACUUM INTO ?", [str(part)])
        part.rename(copy)
    return copy


def free_name(file: Path, why: str) -> Path:
    """Return a name beside file that says why, and that nobody has."""
    word = re.sub(r"[^\w.-]", "_", why)[:60]
    ends = itertools.chain([""], (f".{number}" for number in itertools.count(2)))
    names = (file.with_name(f"{file.stem}.{word}{end}{file.suffix}") for end in ends)
    return next(name for name in names if not name.exists())
