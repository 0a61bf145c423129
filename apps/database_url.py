"""Which database DATABASE_URL names, and how a connection to it is set up."""

import sqlite3
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from apps.configuration import ConfigurationError

MIGRATIONS = Path(__file__).parent.parent / "migrations"
DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
PATIENCE = 15  # seconds that a write waits for another one to end


def configure(app: Flask) -> None:
    """Give Flask-SQLAlchemy its settings; raise ConfigurationError for a wrong URL."""
    said = app.config["DATABASE_URL"]
    own = Path(app.instance_path) / "lectern.db"
    try:
        url = make_url(said or f"sqlite:///{own}")
        url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
        dialect = url.get_dialect().name
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise ConfigurationError(
            "DATABASE_URL names no database that this app can use, such as "
            "sqlite:////var/lib/lectern.db or postgresql://user@host/name"
        ) from error
    if dialect == "sqlite" and url.database not in (None, "", ":memory:"):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"pool_pre_ping": dialect != "sqlite"}
    if dialect == "sqlite":
        options["connect_args"] = {"timeout": PATIENCE}
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options


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
