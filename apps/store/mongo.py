"""MongoDB: a client for each app, and what to do while MongoDB is away."""

from typing import Any

from bson.errors import InvalidBSON
from flask import Flask, current_app
from pymongo import MongoClient, WriteConcern
from pymongo.database import Database
from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    ProtocolError,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from apps.store.away import Store

Document = dict[str, Any]

TIMEOUT_SECONDS = 1.0  # that a request waits for an answer, which takes a few ms
ASK_AGAIN_SECONDS = 1.0  # after which the client asks a server that is away
AWAY = (ConnectionFailure, ExecutionTimeout, InvalidBSON, ProtocolError)
CODES = {  # of a server that answers, and can't work or doesn't know us
    13,  # Unauthorized
    18,  # AuthenticationFailed
    14031,  # OutOfDiskSpace
}
FULL = "disk is full"  # SQLite's words, where a server keeps its data in that


def init_app(app: Flask) -> None:
    """Give the app a client; it connects when it is first asked."""
    app.extensions["mongo"] = MongoClient(
        app.config["MONGO_URL"],
        connect=False,
        timeoutMS=TIMEOUT_SECONDS * 1000,
        heartbeatFrequencyMS=ASK_AGAIN_SECONDS * 1000,
        tz_aware=True,  # times come back with their zone
    )


def database() -> Database[Document]:
    """Return the database of the app that answers this request.

    What was acknowledged is on the disk of most servers, if there are several. Raises
    ServerSelectionTimeoutError at once while the client knows that no server answers.
    """
    client: MongoClient[Document] = current_app.extensions["mongo"]
    servers = client.topology_description.server_descriptions().values()
    if servers and all(server.error for server in servers):
        raise ServerSelectionTimeoutError(str(next(iter(servers)).error))
    safe = WriteConcern(w="majority", j=True)
    return client.get_default_database("lectern", write_concern=safe)


def is_outage(error: Exception) -> bool:
    """Tell whether MongoDB is away or can't write; else it was asked for nonsense."""
    if isinstance(error, OperationFailure) and not isinstance(error, AWAY):
        return error.code in CODES or FULL in str(error)
    return isinstance(error, AWAY) or getattr(error, "timeout", False)


def reason(error: PyMongoError) -> str:
    """Return what PyMongo says, without its timeouts and its view of the servers."""
    return str(error).partition(" (configured")[0].partition(", Timeout:")[0]


def ping() -> None:
    """Ask MongoDB for an answer. Raises PyMongoError."""
    database().command("ping")


STORE = Store("MongoDB", PyMongoError, is_outage, reason)
best_effort = STORE.best_effort
