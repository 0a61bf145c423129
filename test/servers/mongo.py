"""nx-27017, the server of MongoDB's protocol that the app starts itself, for tests."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import pytest
from pymongo import MongoClient

# It ends with its standard input, as the test's process has the other end of it.
PROGRAM = """
import asyncio, os, sys, threading
from flask_embedded.mongo_server import serve

def end_with_the_tests():
    sys.stdin.read()
    os._exit(0)

threading.Thread(target=end_with_the_tests, daemon=True).start()
asyncio.run(serve("mongo.sock", "mongo"))
"""
START_SECONDS = 30


class MongoServer(Protocol):
    """A server of MongoDB's protocol that a test may stop."""

    url: str
    client: MongoClient[Any]  # of the tests' own

    def start(self) -> None:
        """Start it, and return when it can be connected to."""

    def stop(self) -> None:
        """Stop it without a farewell, as kill -9 does."""


class Nx27017:
    """A server of the tests' own, with its data in a folder; it ends with us."""

    def __init__(self, folder: Path) -> None:
        """Start it."""
        self.folder, self.socket = folder, folder / "mongo.sock"
        self.url = f"mongodb://{quote(str(self.socket), safe='')}/app"
        (folder / "mongo").mkdir()
        self.start()
        self.client = MongoClient(self.url)

    def start(self) -> None:
        """Start it, and return when it can be connected to."""
        self.socket.unlink(missing_ok=True)
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", PROGRAM],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stderr=log,
            )
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                pytest.fail((self.folder / "log").read_text())
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop it without a farewell, as kill -9 does."""
        self.process.kill()
        self.process.communicate()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as asking, contextlib.suppress(OSError):
            asking.connect(str(self.socket))
            return True
        return False


@contextmanager
def serve_nx() -> Iterator[Nx27017]:
    """Start an nx-27017 server, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="nx-") as folder:
        server = Nx27017(Path(folder))
        yield server
        server.client.close()
        server.stop()


def empty(server: MongoServer) -> None:
    """Take out all that a test has written; indexes stay."""
    database = server.client.get_default_database("lectern")
    for name in database.list_collection_names():
        database[name].delete_many({})
