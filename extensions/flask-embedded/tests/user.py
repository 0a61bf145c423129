"""A process of an app: evaluates each line of its input, and prints what it returns.

A program: user.py INSTANCE [REDIS_FSYNC].
"""

import json
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

from flask import Flask
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import PyMongoError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from flask_embedded import Embedded

logging.basicConfig(level=logging.INFO, format="%(message)s")
logging.getLogger("pymongo").setLevel(logging.ERROR)
app = Flask("user", instance_path=sys.argv[1])
app.config["EMBEDDED_FSYNC"] = sys.argv[2] if len(sys.argv) > 2 else "everysec"
embedded = Embedded(app)
__all__ = ["Thread"]  # for the lines that are evaluated
redis = Redis.from_url(
    app.config["REDIS_URL"],
    retry=Retry(NoBackoff(), 3),  # a connection that broke is made anew
)
notes: Collection[dict[str, Any]]


def connect() -> None:
    """Use connections that are not there yet, instead of those that are."""
    global notes
    redis.connection_pool.disconnect()
    client: MongoClient[dict[str, Any]] = MongoClient(
        app.config["MONGO_URL"], connect=False, serverSelectionTimeoutMS=10000
    )
    notes = client.get_default_database()["notes"]


def write_redis() -> Iterator[int]:
    """Write one number after the other; yield those that the server acknowledged."""
    for number in range(300):
        try:
            redis.sadd("numbers", number)
        except RedisError:
            continue
        yield number


def write_mongo() -> Iterator[int]:
    """Insert one number after the other; yield those that the server acknowledged."""
    for number in range(300):
        try:
            notes.insert_one({"number": number})
        except PyMongoError:
            continue
        yield number


def fork(orders: str) -> int:
    """Fork a process that reads its lines from a pipe; return 0 there."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(orders, os.O_RDONLY), 0)
    return child


def use_program(store: str, *command: str) -> None:
    """Have the guardian start this program in the place of a store's server."""
    found = app.extensions["embedded"][store]
    found.command, found.hello, found.answer = list(command), "", ""


def talk(store: str, said: str = "") -> str:
    """Connect to a store and say something; return what is said until the end."""
    with socket.socket(socket.AF_UNIX) as to:
        to.connect(app.extensions["embedded"][store].address)
        to.sendall(said.encode())
        to.shutdown(socket.SHUT_WR)
        return to.makefile().read()


def eventually(use: Callable[[], object]) -> None:
    """Use a store until that succeeds, for a minute at most."""
    end = time.monotonic() + 60
    while True:
        try:
            use()
        except (PyMongoError, RedisError):
            if time.monotonic() > end:
                raise
        else:
            return


def main() -> None:
    """Answer line by line; a result that goes on is printed as it comes."""
    connect()
    for line in iter(sys.stdin.readline, ""):
        try:
            result = eval(line)  # noqa: S307
            for part in result if isinstance(result, Iterator) else [result]:
                print(json.dumps(["is", part], default=str), flush=True)
        except Exception as error:
            print(json.dumps(["fails", f"{type(error).__name__}: {error}"]), flush=True)


if __name__ == "__main__":
    main()
