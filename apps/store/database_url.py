"""Which database DATABASE_URL names, how a connection is set up and writing begins."""

import sys
import time
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import scoped_session

from apps.settings.configuration import ConfigurationError

try:
    import sqlite3
except ModuleNotFoundError:  # a Python may be built without it: pip can't add it
    sys.exit(f"error: {sys.executable} was built without sqlite3: take another Python")

OLDEST_SQLITE = (3, 35)  # the first with RETURNING, which SQLAlchemy writes with
# Alembic reads this path as a value of its configuration file, where % is written %%.
MIGRATIONS = str(Path(__file__).parent.parent.parent / "migrations").replace("%", "%%")
DRIVERS = {  # as people write them, and as SQLAlchemy wants them
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
}
TIMEOUT_SECONDS = 15  # for another's write to end, or for a server to answer
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
        url = url.set(database=str(sqlite_file(url, Path(app.instance_path))))
        options: dict[str, Any] = {"connect_args": {"timeout": TIMEOUT_SECONDS}}
    else:
        if not url.database:
            raise ConfigurationError(UNUSABLE_URL)
        url = url.update_query_dict(
            {"connect_timeout": str(TIMEOUT_SECONDS), **url.query}
        )
        options = {"pool_pre_ping": True}
    app.config["SQLALCHEMY_DATABASE_URI"] = url
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


def set_up_connections(engine: Engine) -> None:
    """Have each connection that an SQLite engine opens behave as written below."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", set_pragmas)
        event.listen(engine, "begin", begin)


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


def begin_to_write(session: scoped_session[Any]) -> None:
    """Begin a transaction in which to write: SQLite's takes its lock at once.

    Raises RuntimeError where changes wait that were made before it.
    """
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes wait outside of atomic(): make them inside")
    session.commit()  # ends what was only read: SQLite can't turn it into a write
    session.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})


def begin(connection: Connection) -> None:
    """Begin SQLite's transaction: a writer takes its lock at once, as said above."""
    options = connection.get_execution_options()
    connection.exec_driver_sql(options.get("sqlite_begin", "BEGIN"))
