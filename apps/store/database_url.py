"""Which database DATABASE_URL names, and how a connection to it is set up."""

import sqlite3
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError

from apps.settings.configuration import ConfigurationError

# Alembic reads this path as a value of its configuration file, where % is written %%.
MIGRATIONS = str(Path(__file__).parent.parent.parent / "migrations").replace("%", "%%")
DRIVERS = {  # as people write them, and as SQLAlchemy wants them
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
}
PATIENCE = 15  # seconds that a write waits for another one to end, or a connection
WRONG = (
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
        raise ConfigurationError(WRONG) from None
    if url.drivername == "sqlite":
        url = url.set(database=str(place_of(url, Path(app.instance_path))))
        options: dict[str, Any] = {"connect_args": {"timeout": PATIENCE}}
    else:
        if not url.database:
            raise ConfigurationError(WRONG)
        url = url.update_query_dict({"connect_timeout": str(PATIENCE), **url.query})
        options = {"pool_pre_ping": True}
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    options["hide_parameters"] = True  # no error quotes what was to be written
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options


def place_of(url: URL, instance: Path) -> Path:
    """Return the file that an SQLite URL names, in a folder that is there.

    Raises ConfigurationError. A database in memory would be another one in each
    process: the app can't be served from it.
    """
    name = url.database or ""
    strange = url.host or url.query or "\0" in name or name.startswith("file:")
    if strange or name in ("", ":memory:"):
        raise ConfigurationError(f"{WRONG}; SQLite needs a file, and no options")
    place = instance / name
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        wrong = "is a folder" if place.is_dir() else ""
    except OSError as error:
        wrong = f"cannot be used: {error}"
    if wrong:
        raise ConfigurationError(f"DATABASE_URL: {place} {wrong}")
    return place


def listen(engine: Engine) -> None:
    """Have each connection of an SQLite engine set up as below."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", set_up)
        event.listen(engine, "begin", begin)


def set_up(connection: sqlite3.Connection, _: object) -> None:
    """Have SQLite keep to foreign keys, and let readers read while one writes."""
    connection.isolation_level = None  # we say BEGIN, not the driver
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def begin(connection: Connection) -> None:
    """Begin SQLite's transaction: a writer takes its lock at once, as `atomic` asks."""
    options = connection.get_execution_options()
    connection.exec_driver_sql(options.get("sqlite_begin", "BEGIN"))
