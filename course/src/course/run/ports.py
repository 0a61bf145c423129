"""Free ports on the loopback address."""

import random
import socket
from collections.abc import Iterable

ADDRESS = "127.0.0.1"
_given: set[int] = set()


def free_port() -> int:
    """Return a free port, never the same twice, outside the range for clients."""
    while True:
        port = first_free([random.randrange(10000, 30000)])  # noqa: S311
        if port is not None and port not in _given:
            _given.add(port)
            return port


def first_free(ports: Iterable[int]) -> int | None:
    """Return the first of some ports on which nobody listens; None if all are taken."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
            return port
    return None
