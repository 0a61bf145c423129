"""Redis: a client for each app, and what to do while Redis is away."""

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

from apps.store.away import Store

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


def ping() -> None:
    """Ask Redis for an answer. Raises RedisError."""
    client().ping()


STORE = Store("Redis", RedisError, is_outage)
best_effort = STORE.best_effort


def may_evict() -> bool:
    """Tell whether a full Redis deletes keys that are still needed."""
    memory = client().info("memory")
    policy = memory.get("maxmemory_policy", "noeviction")
    return bool(memory.get("maxmemory")) and policy != "noeviction"
