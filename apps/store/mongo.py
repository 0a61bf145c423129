"""MongoDB: a client for each app, and what to do while MongoDB is away."""

from typing import Any

from flask import Flask, current_app
from pymongo import MongoClient, WriteConcern
from pymongo.database import Database
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError

from apps.store.away import Store
from apps.store.mongo_errors import is_outage, reason

Document = dict[str, Any]

TIMEOUT_SECONDS = 2.0  # that a request waits for an answer, which takes a few ms
ASK_AGAIN_SECONDS = 1.0  # after which the client asks a server that is away


def init_app(app: Flask) -> None:
    """Give the app a client; it connects when it is first asked."""
    app.extensions["mongo"] = MongoClient(
        app.config["MONGO_URL"],
        connect=False,
        tz_aware=True,  # times come back with their zone
        timeoutMS=TIMEOUT_SECONDS * 1000,
        heartbeatFrequencyMS=ASK_AGAIN_SECONDS * 1000,
    )


def database() -> Database[Document]:
    """Return the database of the app that answers this request.

    What it has acknowledged is on disk, and on that of most servers if there are
    several. Raises ServerSelectionTimeoutError at once where none is known to answer.
    """
    client: MongoClient[Document] = current_app.extensions["mongo"]
    for server in client.topology_description.server_descriptions().values():
        if server.error and not client.topology_description.has_writable_server():
            raise ServerSelectionTimeoutError(str(server.error))
    safe = WriteConcern(w="majority", j=True)
    return client.get_default_database("lectern", write_concern=safe)


def ping() -> None:
    """Ask MongoDB for an answer. Raises PyMongoError."""
    database().command("ping")


STORE = Store("MongoDB", PyMongoError, is_outage, reason)
best_effort = STORE.best_effort
