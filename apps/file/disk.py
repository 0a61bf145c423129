"""The bytes of files, each under its hash: `files/ab/abcd...`; drafts in `files/new/`.

Whoever adds or removes bytes holds the lock on their folder, so that nobody removes
what somebody else is about to name in a row.
"""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE
from typing import IO

from flask import current_app

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
CLOSED = {
    errno.EACCES,
    errno.EEXIST,  # a file where a folder should be
    errno.EIO,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}
DRAFTS = "new"


class DiskFull(Exception):
    """There is no room for these bytes."""


class DiskUnusable(Exception):
    """The folder for files can't be read or written."""


def root() -> Path:
    """Return the folder of all files."""
    default = Path(current_app.instance_path) / "files"
    return current_app.config["FILES_FOLDER"] or default


def path_of(sha256: str) -> Path:
    """Return where bytes with this hash are, or would be."""
    return root() / sha256[:2] / sha256


@contextmanager
def draft() -> Iterator[IO[bytes]]:
    """Open a new file, which is gone at the end of the block unless it was kept.

    Raises DiskFull, DiskUnusable, as do all functions here.
    """
    with _locked(DRAFTS, fcntl.LOCK_SH):
        path = root() / DRAFTS / secrets.token_hex(16)
        try:
            with path.open("x+b") as file:
                os.fchmod(file.fileno(), root().stat().st_mode & 0o660)
                yield file
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def locked(sha256: str) -> Iterator[None]:
    """Let nobody else add or remove bytes with this hash until the block ends."""
    with _locked(sha256[:2], fcntl.LOCK_EX):
        yield


def keep(file: IO[bytes], sha256: str) -> None:
    """Put a draft, whose bytes are on the disk for good, where its hash says."""
    target = path_of(sha256)
    os.replace(file.name, target)
    _sync(target.parent)


def sync(file: IO[bytes]) -> None:
    """Wait until a draft's bytes are on the disk, and would outlive a power cut."""
    file.flush()
    os.fsync(file.fileno())


def remove(sha256: str) -> None:
    """Remove bytes."""
    path_of(sha256).unlink(missing_ok=True)


def sweep_drafts() -> int:
    """Remove the drafts that a crash has left; none if an upload is under way."""
    try:
        with _locked(DRAFTS, fcntl.LOCK_EX | fcntl.LOCK_NB):
            drafts = list((root() / DRAFTS).iterdir())
            for path in drafts:
                path.unlink()
    except BlockingIOError:
        return 0
    return len(drafts)


def folders() -> list[str]:
    """Name the folders that hold bytes."""
    with _faults():
        names = os.listdir(root()) if root().exists() else []
    return sorted(name for name in names if len(name) == 2)


def hashes_in(folder: str) -> set[str]:
    """Name all bytes in a folder."""
    return set(os.listdir(root() / folder))


@contextmanager
def _locked(name: str, kind: int) -> Iterator[None]:
    """Hold a lock on a folder, which is made if it's not there."""
    with _faults():
        folder = root() / name
        if not folder.is_dir():
            root().mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                folder.mkdir()
                folder.chmod(S_IMODE(root().stat().st_mode))  # nginx may read, or not
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, kind)
            yield
        finally:
            os.close(descriptor)  # which gives the lock back


def _sync(folder: Path) -> None:
    """Wait until a folder's list of names is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _faults() -> Iterator[None]:
    """Say in our words what is wrong with the disk."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull("There is no room for more files.") from error
        if error.errno in CLOSED:
            raise DiskUnusable("Files can't be stored at the moment.") from error
        raise
