"""Redis: a client for each app, and what to do while Redis is away."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from flask_redis import FlaskRedis
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError,
    DataError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.5  # that a request waits for an answer, which takes under 1 ms


def init_app(app: Flask) -> None:
    """Give the app a client; it connects when it is first asked."""
    FlaskRedis(
        app,
        decode_responses=True,  # str, not bytes
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1, (ConnectionError,)),  # Redis may have restarted
    )


def client() -> Redis:
    """Return the client of the app that answers this request."""
    found: Redis = current_app.extensions["redis"]
    return found


def is_outage(error: RedisError) -> bool:
    """Tell whether Redis is away or can't write; else it was asked for nonsense."""
    if isinstance(error, OutOfMemoryError | ReadOnlyError):
        return True
    full = str(error).startswith("MISCONF")  # it can't write to its disk
    return full or not isinstance(error, DataError | ResponseError)


@contextmanager
def best_effort(what: str) -> Iterator[None]:
    """Go on after the block where Redis is away; the log names what was lost by it."""
    try:
        yield
    except RedisError as error:
        if not is_outage(error):
            raise
        logger.warning("no %s, Redis is away: %s", what, error)


def ping() -> None:
    """Ask Redis for an answer. Raises RedisError."""
    client().ping()
