"""How Alembic runs the migrations: from a command, against a database or as SQL."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from apps.store.database import db

LOCK = 5_327_003  # what upgrades of one PostgreSQL database wait for; any number


def plainly(kind: str, item: object, _: object) -> str | bool:
    """Write a column's type as the database has it: migrations outlive our code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def leave_out_empty(_: object, __: object, directives: list[Any]) -> None:
    """Write no migration where models and database agree already."""
    asked = getattr(context.config.cmd_opts, "autogenerate", False)
    if asked and directives[0].upgrade_ops.is_empty():
        directives.clear()
        print("The models hold nothing new: no migration is written")


DONE: list[str] = []


def remember(step: Any, **_: object) -> None:
    """Note a migration that ran, to be told when all of them hold."""
    script = step.up_revision
    done = "Upgraded to" if step.is_upgrade else "Downgraded from"
    DONE.append(f"{done} {script.revision}, {script.doc.rstrip('.')}")


OPTIONS: dict[str, Any] = {
    "process_revision_directives": leave_out_empty,
    "render_as_batch": True,
    "render_item": plainly,
    "target_metadata": db.metadata,
    "transactional_ddl": True,
}


def write_sql() -> None:
    """Print the SQL of the migrations; no database is asked."""
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    context.configure(url=url, literal_binds=True, **OPTIONS)
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        context.execute("PRAGMA foreign_keys = OFF")
    with context.begin_transaction():
        context.run_migrations()
        if sqlite:
            context.execute("PRAGMA foreign_key_check")


def run(connection: Connection) -> None:
    """Change the database, all at once or not at all, and one process at a time.

    SQLite can't alter most of a table: a copy takes its place. Dropping the old one
    would delete the rows of other tables that refer to it, so foreign keys are off
    meanwhile (a transaction can't switch them) and checked at the end.
    """
    sqlite = connection.dialect.name == "sqlite"
    raw = connection.connection.driver_connection
    if sqlite:
        raw.execute("PRAGMA foreign_keys = OFF")
    try:
        context.configure(connection=connection, on_version_apply=remember, **OPTIONS)
        with context.begin_transaction():
            if not sqlite:
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # for ever
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            context.run_migrations()
            if sqlite:
                refuse_orphans(connection)
    finally:
        if sqlite:
            raw.rollback()
            raw.execute("PRAGMA foreign_keys = ON")
    print(*DONE, sep="\n", end="\n" if DONE else "")


def refuse_orphans(connection: Connection) -> None:
    """Raise RuntimeError where a row refers to one that is not there."""
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        shown = [f"{table} {row} to {parent}" for table, row, parent, _ in orphans[:5]]
        raise RuntimeError(
            f"nothing is changed, for {len(orphans)} rows would refer to nothing: "
            + ", ".join(shown)
        )


if context.is_offline_mode():
    write_sql()
else:
    with db.engine.connect() as connection:
        run(connection.execution_options(sqlite_begin="BEGIN IMMEDIATE"))
