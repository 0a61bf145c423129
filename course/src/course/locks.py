"""Locks: one writer at a time, and no lock left behind by a dead one."""

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from course.errors import CourseError

LOCK_TIMEOUT_SECONDS = 60.0  # to wait for another run, which takes well under one
STALE_LOCK_SECONDS = 2.0  # of a ref; git holds its lock for milliseconds
POLL_INTERVAL_SECONDS = 0.02


@contextmanager
def file_lock(path: Path) -> Iterator[int]:
    """Take the lock of a file, waiting as long as needed; yield its descriptor."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


@contextmanager
def tool_lock(folder: Path) -> Iterator[int]:
    """Take the tool's lock in folder, and yield its descriptor.

    A child process that inherits the descriptor keeps the lock if we are killed, so
    that no other run begins while it still writes. Raises CourseError if the lock is
    not released in time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _take(lock, folder)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    """Wait for the lock, but not for ever."""
    end = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                message = f"another run still holds {folder / 'lock'}: try again later"
                raise CourseError(message) from None
            time.sleep(POLL_INTERVAL_SECONDS)


def remove_stale(common: Path, refs: Iterable[str]) -> None:
    """Remove the locks of refs that a killed git left; call it with the lock held.

    A younger one may belong to a git that is at work: wait until it is gone or stale.
    """
    for ref in refs:
        path = common / f"{ref}.lock"
        while (age := _age(path)) is not None:
            if age > STALE_LOCK_SECONDS:
                path.unlink(missing_ok=True)
            else:
                time.sleep(POLL_INTERVAL_SECONDS)


def _age(path: Path) -> float | None:
    """Return how many seconds ago a file was written; None where there is none."""
    try:
        return abs(time.time() - path.stat().st_mtime)
    except (FileNotFoundError, NotADirectoryError):
        return None
