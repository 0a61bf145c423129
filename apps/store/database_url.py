"""Which database DATABASE_URL names, how a connection is set up and writing begins."""

import contextlib
import glob
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, scoped_session

from apps.settings.configuration import ConfigurationError

try:
    import sqlite3 as sqlite3  # for whoever else needs it: they get the line below
except ModuleNotFoundError:  # a Python may be built without it: pip can't add it
    sys.exit(f"error: {sys.executable} was built without sqlite3: take another Python")

OLDEST_SQLITE = (3, 35)  # the first with RETURNING, which SQLAlchemy writes with

if TYPE_CHECKING:
    import psycopg

logger = logging.getLogger(__name__)

# Alembic reads this path as a value of its configuration file, where % is written %%.
MIGRATIONS = str(Path(__file__).parent.parent.parent / "migrations").replace("%", "%%")
DRIVERS = {  # as people write them, and as SQLAlchemy wants them
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
}
# That a request waits for another's write to end, for a server to answer, or for a free
# connection: our transactions take milliseconds, and a worker gives up after 30 s.
TIMEOUT_SECONDS = 5.0
UNUSABLE_URL = (
    "DATABASE_URL names no database that this app can use, such as "
    "sqlite:////var/lib/lectern.db or postgresql://user@host/name"
)


def configure(app: Flask) -> None:
    """Give Flask-SQLAlchemy its settings; raise ConfigurationError for a wrong URL.

    The message never repeats the URL: it may hold a password.
    """
    try:
        url = make_url(app.config["DATABASE_URL"] or "sqlite:///lectern.db")
        url = url.set(drivername=DRIVERS[url.drivername])
    except (ArgumentError, KeyError, ValueError):
        raise ConfigurationError(UNUSABLE_URL) from None
    if url.drivername == "sqlite":
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise ConfigurationError(
                "DATABASE_URL: SQLite 3.35 or newer is needed, this Python has "
                f"{sqlite3.sqlite_version}: take another Python, or PostgreSQL"
            )
        file = sqlite_file(url, Path(app.instance_path))
        make_private(file)
        url = url.set(database=str(file))
        options: dict[str, Any] = {"connect_args": {"timeout": TIMEOUT_SECONDS}}
    else:
        if not url.database:
            raise ConfigurationError(UNUSABLE_URL)
        url = url.update_query_dict(
            {"connect_timeout": f"{TIMEOUT_SECONDS:.0f}", **url.query}
        )
        options = {"pool_pre_ping": True}
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    options["pool_timeout"] = TIMEOUT_SECONDS
    options["hide_parameters"] = True  # no error quotes what was to be written
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options


def sqlite_file(url: URL, instance: Path) -> Path:
    """Return the file that an SQLite URL names, in a folder that is there.

    Raises ConfigurationError. A database in memory would be another one in each
    process: the app can't be served from it.
    """
    name = url.database or ""
    has_options = url.host or url.query or "\0" in name or name.startswith("file:")
    if has_options or name in ("", ":memory:"):
        raise ConfigurationError(f"{UNUSABLE_URL}; SQLite needs a file, and no options")
    file = instance / name
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"DATABASE_URL: {file} cannot be used: {error}"
        ) from None
    if file.is_dir():
        raise ConfigurationError(f"DATABASE_URL: {file} is a folder")
    return file


def make_private(file: Path) -> None:
    """Close to others what an earlier release left open: an SQLite file and its copies.

    SQLite gives the files that it adds, such as the write-ahead log, the same mode. By
    name alone: to open and close a file would drop SQLite's locks on it.
    """
    name, stem = glob.escape(file.name), glob.escape(file.stem)
    for names in (name, f"{name}-*", f"{stem}.before-*", f"{stem}.revision-*"):
        for path in file.parent.glob(names):
            with contextlib.suppress(FileNotFoundError):  # SQLite deletes its log
                close_to_others(path)


def close_to_others(file: Path) -> None:
    """Take from others the right to open a file, and say so; or say that we can't."""
    mode = file.stat().st_mode
    try:
        if mode & 0o077:
            file.chmod(mode & 0o700)
            logger.warning("%s was open to other users; now it is private", file)
    except OSError as error:
        logger.warning("%s can be opened by others: chmod 600 it (%s)", file, error)


def set_up_connections(engine: Engine) -> None:
    """Have each connection that an engine opens behave as written below."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", set_pragmas)
        event.listen(engine, "begin", begin)
    else:
        event.listen(engine, "connect", limit_waits)
        event.listen(engine, "begin", begin_at_server)


def set_pragmas(connection: sqlite3.Connection, _: object) -> None:
    """Have SQLite keep to foreign keys, and let readers read while one writes."""
    connection.isolation_level = None  # we say BEGIN, not the driver
    use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL; ask again while another connection does the same.

    SQLite answers "locked" at once there, whatever the timeout of the connection. To
    wait would help against nothing else, such as a folder that is read-only.
    """
    give_up = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether another connection holds the lock that this one asked for."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY  # of its finer codes


def limit_waits(connection: "psycopg.Connection[Any]", _: object) -> None:
    """Have PostgreSQL wait for a lock as long as SQLite does; it would for ever."""
    connection.execute(f"SET lock_timeout = '{TIMEOUT_SECONDS}s'")
    connection.commit()


def begin_to_write(session: scoped_session[Any]) -> None:
    """Begin a transaction in which to write: SQLite's takes its lock at once.

    Raises RuntimeError where changes wait, or were sent, that were made before it.
    """
    sent = session.info.pop("sent", None)
    waiting = session.new or session.dirty or session.deleted
    if waiting or (sent and sent is session().get_transaction()):
        raise RuntimeError("changes wait outside of atomic(): make them inside")
    session.commit()  # ends what was only read: SQLite can't turn it into a write
    options = {"sqlite_begin": "BEGIN IMMEDIATE"} | session.info.get("options", {})
    session.connection(execution_options=options)


@event.listens_for(Session, "after_flush")
def note_sent(session: Session, _: object) -> None:
    """Note in which transaction changes were sent: any query sends those that wait."""
    session.info["sent"] = session.get_transaction()


def begin(connection: Connection) -> None:
    """Begin SQLite's transaction: a writer takes its lock at once, as said above."""
    options = connection.get_execution_options()
    wait = 0 if options.get("waits") is False else int(TIMEOUT_SECONDS * 1000)
    connection.connection.cursor().execute(f"PRAGMA busy_timeout = {wait}")
    connection.exec_driver_sql(options.get("sqlite_begin", "BEGIN"))


def begin_at_server(connection: Connection) -> None:
    """Let PostgreSQL wait for 1 ms where a transaction should wait for nobody."""
    if connection.get_execution_options().get("waits") is False:
        connection.exec_driver_sql("SET LOCAL lock_timeout = 1")
