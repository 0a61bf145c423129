"""How Alembic runs the migrations: from a command, against a database or as SQL."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from apps.database import db



def plainly(kind: str, item: object, _: object) -> str | bool:
    """Write a column's type as the database has it: migrations outlive our code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


OPTIONS = {
    "render_item": plainly,
    "target_metadata": db.metadata,
    "render_as_batch": True,
    "transactional_ddl": True,
}


def write_sql() -> None:
    """Print the SQL of the migrations; no database is asked."""
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    context.configure(url=url, literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def run(connection: Connection) -> None:
    """Change the database, all at once or not at all.

    SQLite can't alter most of a table: a copy takes its place. Dropping the old one
    would delete the rows of other tables that refer to it, so foreign keys are off
    meanwhile (a transaction can't switch them) and checked at the end.
    """
    sqlite = connection.dialect.name == "sqlite"
    raw = connection.connection.driver_connection
    if sqlite:
        raw.execute("PRAGMA foreign_keys = OFF")
    try:
        context.configure(connection=connection, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if orphans:
                    raise RuntimeError(f"rows that refer to nothing: {orphans[:5]}")
    finally:
        if sqlite:
            raw.rollback()
            raw.execute("PRAGMA foreign_keys = ON")


if context.is_offline_mode():
    write_sql()
else:
    with db.engine.connect() as connection:
        run(connection)
