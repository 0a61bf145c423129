"""Bring the database up to date in development; refuse to serve in production.

Nothing is ever migrated down, and what our migrations did not make is never touched.
"""

import contextlib
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import Connection, NullPool, create_engine, inspect
from sqlalchemy.exc import DBAPIError
from werkzeug.serving import is_running_from_reloader

from apps.settings.configuration import ConfigurationError
from apps.store.database import db
from apps.store.database_url import PATIENCE

ERRORS = (CommandError, DBAPIError, OSError, RuntimeError, sqlite3.Error)


class Revisions(NamedTuple):
    """Which migrations a database holds, and which it lacks."""

    held: tuple[str, ...]  # the last one; empty where none ran
    foreign: str  # why the database is not ours; empty where it is
    pending: tuple[str, ...]  # what to run, the first first


def prepare(app: Flask, name: str) -> None:
    """Make the database fit the app that is about to be served as configuration name.

    The reloader's child changes nothing: its parent did, once. Raises
    ConfigurationError where it doesn't fit and can't be, or mustn't be changed.
    """
    if is_running_from_reloader():
        return
    if name == "production":
        refuse_pending(app)
    else:
        bring_up_to_date(app)


def refuse_pending(app: Flask) -> None:
    """Raise ConfigurationError unless the database is what the code expects."""
    with app.app_context():
        found = read_revisions(app)
    if found.foreign:
        raise ConfigurationError(f"{found.foreign}: name another in DATABASE_URL")
    if found.pending:
        raise ConfigurationError(
            f"the database lacks migrations ({', '.join(found.pending)}); "
            "run: flask --app apps db upgrade"
        )


def bring_up_to_date(app: Flask) -> None:
    """Run the migrations that the database lacks, after a copy of it, and say so.

    An SQLite database that is not ours is set aside first, by a name that says why.
    Raises ConfigurationError where that can't be done, or where a migration fails:
    then nothing is changed.
    """
    with app.app_context():
        found = read_revisions(app)
        if found.foreign:
            set_aside(found)
            found = read_revisions(app)
        if not found.pending:
            return
        last = found.pending[-1]
        file = place()
        copy = copy_before(file, last) if found.held and file else None
        try:
            with contextlib.redirect_stdout(None):
                command.upgrade(alembic_settings(app), "head")
        except ERRORS as error:
            raise ConfigurationError(
                f"the database can't be upgraded to {last}: {first_line(error)}"
            ) from error
        finally:
            db.engine.dispose()
    done = f"upgraded to {last}" if found.held else "made"
    click.echo(f"Database {done}" + (f"; a copy from before is {copy}" if copy else ""))


def alembic_settings(app: Flask) -> Config:
    """Return Alembic's own settings, which name our folder of migrations."""
    settings: Config = app.extensions["migrate"].migrate.get_config()
    return settings


def place() -> Path | None:
    """Return the file of the app's database; None where a server keeps it."""
    url = db.engine.url
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def read_revisions(app: Flask) -> Revisions:
    """Ask the database what it holds; raise ConfigurationError where it can't tell."""
    scripts = ScriptDirectory.from_config(alembic_settings(app))
    try:
        with connection_to_read() as connection:
            tables = set(inspect(connection).get_table_names())
            held = MigrationContext.configure(connection).get_current_heads()
    except ERRORS as error:
        raise ConfigurationError(
            f"DATABASE_URL: the database can't be used: {first_line(error)}"
        ) from error
    ours = [script.revision for script in scripts.walk_revisions()][::-1]
    strange = [revision for revision in held if revision not in ours]
    if strange:
        why = f"the database is of revision {strange[0]}, which this code doesn't know"
        return Revisions(held, why, ())
    if place() is None:  # a server's database may hold tables of others beside ours
        tables &= set(db.metadata.tables)
    if not held and tables - {"alembic_version"}:
        return Revisions((), "the database holds tables, and of no revision", ())
    past = scripts.iterate_revisions(held, "base") if held else ()
    done = {script.revision for script in past}
    return Revisions(held, "", tuple(name for name in ours if name not in done))


@contextlib.contextmanager
def connection_to_read() -> Iterator[Connection]:
    """Connect to the database as it is: a file isn't made, nor switched to WAL."""
    file = place()
    if file is None:
        with db.engine.connect() as connection:
            yield connection
        db.engine.dispose()
        return
    engine = create_engine(
        "sqlite://", creator=lambda: open_file(file), poolclass=NullPool
    )
    with engine.connect() as connection:
        yield connection


def open_file(file: Path) -> sqlite3.Connection:
    """Open an SQLite database; where there is none, an empty one in memory."""
    address = f"{file.absolute().as_uri()}?mode=rw" if file.exists() else ":memory:"
    return sqlite3.connect(address, uri=True, timeout=PATIENCE)


def set_aside(found: Revisions) -> None:
    """Rename a file that is not ours, and say so; raise ConfigurationError if used."""
    file = place()
    if file is None:
        raise ConfigurationError(f"{found.foreign}: name another in DATABASE_URL")
    new = free_name(file, f"revision-{'-'.join(found.held) or 'none'}")
    try:
        with contextlib.closing(open_file(file)) as alone:
            alone.execute("PRAGMA busy_timeout = 0")
            alone.execute("PRAGMA locking_mode = EXCLUSIVE")
            alone.execute("BEGIN EXCLUSIVE")
        file.rename(new)
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(
            f"{found.foreign}, and {file} can't be set aside: {first_line(error)}"
        ) from error
    click.echo(f"{found.foreign.capitalize()}: {file} is now {new.name}")


def copy_before(file: Path, revision: str) -> Path:
    """Copy the database, as it is before an upgrade to revision.

    SQLite copies it, so that what others write meanwhile is in the copy whole or not
    at all. Raises ConfigurationError where there is no copy.
    """
    copy = free_name(file, f"before-{revision}")
    part = copy.with_name(f"{copy.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(0o600)
        with (
            contextlib.closing(open_file(file)) as source,
            contextlib.closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
        shutil.copymode(file, part)
        part.rename(copy)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise ConfigurationError(
            f"nothing is changed, for {copy} can't be written: {first_line(error)}"
        ) from error
    return copy


def free_name(file: Path, why: str) -> Path:
    """Return a name beside file that says why, and that nobody has."""
    word = re.sub(r"[^\w.-]", "_", why)[:60]
    name, number = file.with_name(f"{file.stem}.{word}{file.suffix}"), 1
    while name.exists():
        number += 1
        name = file.with_name(f"{file.stem}.{word}.{number}{file.suffix}")
    return name


def first_line(error: Exception) -> str:
    """Return what a reader needs of an error: the database's own first line."""
    said = getattr(error, "orig", None) or error
    return (str(said).strip() or type(said).__name__).splitlines()[0]
