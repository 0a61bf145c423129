"""What the app does while the database is busy or absent."""

import logging
from collections.abc import Callable

from flask import Flask, Response
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError
from werkzeug.exceptions import ServiceUnavailable

from apps.store import mongo, redis  # chapter 7

logger = logging.getLogger(__name__)

SQLITE_ERROR = 1  # SQLite's code for a wrong statement; its driver has one class
READ_ONLY = "25006"  # PostgreSQL's code; its driver calls that an internal error
ADVICE = "let the app write to it, or name another in DATABASE_URL"
LATER = "The database is busy or away. Try again in a while."
RETRY_SECONDS = 5  # after which a client may ask again


def is_outage(error: Exception) -> bool:
    """Tell whether the database can't be used now; else it was asked for nonsense."""
    cause = getattr(error, "orig", None)
    code = getattr(cause, "sqlite_errorcode", None) or getattr(cause, "sqlstate", None)
    away = isinstance(error, OperationalError | TimeoutError) and code != SQLITE_ERROR
    return away or code == READ_ONLY


def reason(error: Exception) -> str:
    """Return the driver's own words, without the SQL; and what to do if it's known."""
    words = str(getattr(error, "orig", None) or error).strip()
    return f"{words}; {ADVICE}" if "readonly" in words.replace("-", "") else words


def init_app(app: Flask, show: Callable[[Exception], Response]) -> None:
    """Answer an outage with 503 in the form that show gives to errors."""

    def answer(error: Exception) -> Response:
        if not is_outage(error):
            raise error
        logger.error("the database can't be used: %s", reason(error))
        app.login_manager.ask_no_more()  # type: ignore[attr-defined]
        return show(ServiceUnavailable(LATER, retry_after=RETRY_SECONDS))

    for kind in (DBAPIError, TimeoutError):
        app.register_error_handler(kind, answer)
    # region chapter 7: stores
    for store in (redis.STORE, mongo.STORE):
        app.register_error_handler(store.errors, store.later(show, RETRY_SECONDS))
    # endregion stores
