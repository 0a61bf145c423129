"""The database, and writing that is all or nothing."""

import collections.abc  # chapter 7
import contextlib  # chapter 7
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask_migrate import Migrate  # type: ignore[import-untyped]
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.exc import DBAPIError, TimeoutError

from apps.store import database_url, outages
from apps.store.base import Base

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
logger = logging.getLogger(__name__)
migrate = Migrate(directory=database_url.MIGRATIONS)


@contextmanager
def atomic() -> Iterator[None]:
    """Run the block in one transaction; a nested block joins the outer one."""
    if "atomic" in db.session.info:
        yield
        return
    database_url.begin_to_write(db.session)
    db.session.info["atomic"] = True
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        db.session.info.pop("atomic", None)
        calls = db.session.info.pop("afterwards", [])  # chapter 7
    # region chapter 7: afterwards
    for call in calls:
        call()
    # endregion afterwards


# region chapter 7: after-commit
def afterwards(call: collections.abc.Callable[[], None]) -> None:
    """Have the transaction around us call this when it's stored; not if it fails."""
    db.session.info.setdefault("afterwards", []).append(call)


# endregion after-commit
@contextmanager
def best_effort(what: str) -> Iterator[None]:
    """Have the transaction in the block wait for nobody, and go on where it can't be.

    what is written in it: the log names it where it's lost.
    """
    db.session.info["options"] = {"waits": False}
    try:
        yield
    except (DBAPIError, TimeoutError) as error:
        if "atomic" in db.session.info or not outages.is_outage(error):
            raise
        logger.warning("%s is not written: %s", what, outages.reason(error))
    finally:
        db.session.info.pop("options", None)


# region chapter 7: ping
def ping() -> None:
    """Ask the database for an answer. Raises whatever its driver does."""
    with contextlib.closing(db.engine.raw_connection()) as connection:
        connection.cursor().execute("SELECT 1")


# endregion ping
def init_app(app: Flask) -> None:
    """Connect the app to its database; nothing is opened before the first query."""
    database_url.configure(app)
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        database_url.set_up_connections(db.engine)
