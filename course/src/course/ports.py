"""Ports of the loopback address that nobody uses just now."""

import socket
from collections.abc import Iterable

ADDRESS = "127.0.0.1"


def free_port() -> int:
    """Return any free port, as the system chooses it."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port: int = probe.getsockname()[1]
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
