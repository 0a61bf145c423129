"""The database: a base for all models, and writing that is all or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask_migrate import Migrate  # type: ignore[import-untyped]
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from apps.store import database_url


class Base(DeclarativeBase):
    """What all models have: constraints with names, so that migrations find them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate(directory=database_url.MIGRATIONS)


@contextmanager
def atomic() -> Iterator[None]:
    """Run the block in one transaction; a nested block joins the outer one."""
    if "atomic" in db.session.info:
        yield
        return
    if db.session.new or db.session.dirty or db.session.deleted:
        raise RuntimeError("changes wait outside of atomic(): make them inside")
    db.session.commit()  # ends what was only read: SQLite can't turn it into a write
    db.session.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})
    db.session.info["atomic"] = True
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        db.session.info.pop("atomic", None)


def init_app(app: Flask) -> None:
    """Connect the app to its database; nothing is opened before the first query."""
    database_url.configure(app)
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        database_url.set_up_connections(db.engine)
