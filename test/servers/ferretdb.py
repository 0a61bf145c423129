"""FerretDB: a second server of MongoDB's protocol, on which the tests run, too.

It is a Go module, and `ferret/` a program of a few lines around it. That is built once,
in one to three minutes, and kept in the user's cache (or in COURSE_CACHE, as in CI).
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

SOURCE = Path(__file__).with_name("ferret")


class FerretDB:
    """A server of the tests' own, with its data in a folder; it ends with us."""

    def __init__(self, program: Path, folder: Path) -> None:
        """Start it."""
        self.program = program
        self.folder = folder
        self.start()
        self.client: MongoClient[Any] = MongoClient(self.url)

    def start(self) -> None:
        """Start it, and return when it can be connected to."""
        (self.folder / "mongo.sock").unlink(missing_ok=True)
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                [self.program, self.folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            pytest.fail((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop it without a farewell, as kill -9 does."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="session")
def ferretdb() -> Iterator[FerretDB]:
    """A FerretDB server for this run alone."""
    with serve_ferretdb() as server:
        yield server


@contextmanager
def serve_ferretdb() -> Iterator[FerretDB]:
    """Start a FerretDB server, and stop it at the end.

    Where it can't be built, a test that asks is skipped; where REAL_PARTS=required, it
    fails.
    """
    try:
        program = build()
    except BuildFailed as failed:
        if os.environ.get("REAL_PARTS") == "required":
            pytest.fail(str(failed))
        pytest.skip(str(failed))
    with tempfile.TemporaryDirectory(prefix="ferretdb-") as folder:
        server = FerretDB(program, Path(folder))
        yield server
        server.client.close()
        server.stop()


class BuildFailed(Exception):
    """FerretDB could not be built; the message says why."""


def build() -> Path:
    """Return the program, built by one process where it is not kept yet."""
    folder = cache()
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / f"ferretdb-{digest()}"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            build_at(program)
    return program


def build_at(program: Path) -> None:
    """Build the program; it is there whole or not at all."""
    go = shutil.which("go")
    if go is None:
        raise BuildFailed("Go, which builds FerretDB, is not installed (1.24 or newer)")
    half = program.with_suffix(".half")
    command = [go, "build", "-trimpath", "-o", half, "."]
    done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"go ended with {done.returncode}"]
        raise BuildFailed(f"FerretDB could not be built: {said[-1]}")
    half.rename(program)


def cache() -> Path:
    """Return the folder in which the program is kept."""
    users = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    course = os.environ.get("COURSE_CACHE") or Path(users) / "lectern-course"
    return Path(course) / "ferretdb"


def digest() -> str:
    """Return what stands for the program's source and this machine's kind."""
    parts = [path.read_bytes() for path in sorted(SOURCE.iterdir())]
    parts.append(f"{platform.system()} {platform.machine()}".encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
