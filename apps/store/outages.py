"""What the app does while the database is busy or absent."""

import logging
from collections.abc import Callable

from flask import Flask, Response
from redis.exceptions import RedisError  # chapter 7
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError
from werkzeug.exceptions import ServiceUnavailable

from apps.store import redis  # chapter 7

logger = logging.getLogger(__name__)

SQLITE_ERROR = 1  # SQLite's code for a statement that is wrong
RETRY_SECONDS = 5  # after which a client may ask again


def is_outage(error: Exception) -> bool:
    """Tell whether the database is busy or absent; else it was asked for nonsense.

    SQLite's driver raises one class for both; its code tells them apart.
    """
    fault = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return isinstance(error, OperationalError | TimeoutError) and (
        fault != SQLITE_ERROR
    )


def reason(error: Exception) -> str:
    """Return the driver's own words, without the SQL."""
    return str(getattr(error, "orig", None) or error).strip()


def init_app(app: Flask, show: Callable[[Exception], Response]) -> None:
    """Answer an outage with 503 in the form that show gives to errors."""

    def answer(error: Exception) -> Response:
        if not is_outage(error):
            raise error
        logger.error("the database can't be used: %s", reason(error))
        app.login_manager.ask_no_more()  # type: ignore[attr-defined]
        return show(
            ServiceUnavailable(
                "The database is busy or away. Try again in a while.",
                retry_after=RETRY_SECONDS,
            )
        )

    for kind in (DBAPIError, TimeoutError):
        app.register_error_handler(kind, answer)
    # region chapter 7: redis

    @app.errorhandler(RedisError)
    def answer_for_redis(error: RedisError) -> Response:
        if not redis.is_outage(error):
            raise error
        logger.error("Redis can't be used: %s", error)
        return show(
            ServiceUnavailable(
                "This can't be kept at the moment. Try again in a while.",
                retry_after=RETRY_SECONDS,
            )
        )

    # endregion redis
