"""Which errors of PyMongo mean that MongoDB is away, and what they say."""

from bson.errors import InvalidBSON
from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    ProtocolError,
)

AWAY = (ConnectionFailure, ExecutionTimeout, InvalidBSON, ProtocolError)
CODES = {  # of a server that answers, and can't work or doesn't know us
    13,  # Unauthorized
    18,  # AuthenticationFailed
    14031,  # OutOfDiskSpace
}
FULL = "disk is full"  # SQLite's words, where a server keeps its data in that


def is_outage(error: Exception) -> bool:
    """Tell whether MongoDB is away or can't write; else it was asked for nonsense."""
    if isinstance(error, OperationFailure) and not isinstance(error, AWAY):
        return error.code in CODES or FULL in str(error)
    return isinstance(error, AWAY) or getattr(error, "timeout", False)


def reason(error: Exception) -> str:
    """Return what PyMongo says, without its timeouts and its view of the servers."""
    return str(error).partition(" (configured")[0].partition(", Timeout:")[0]
