"""Temporary folders, removed after the run even where it was killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.errors import CourseError
from course.locks import file_lock
from course.run.processes import removed_if_killed


@contextmanager
def scratch(purpose: str) -> Iterator[Path]:
    """Yield an empty temporary folder; remove those that killed runs have left."""
    home = Path(tempfile.gettempdir()).resolve() / f"course-{purpose}-{os.getuid()}"
    home.mkdir(mode=0o700, exist_ok=True)
    if home.lstat().st_uid != os.getuid():  # a name that others can guess
        raise CourseError(f"{home} is somebody else's: set TMPDIR to a folder of yours")
    with file_lock(home / "lock"):  # or a sweep could take a run that only begins
        sweep(home)
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=home))
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        work_folder = folder / "work"
        work_folder.mkdir()
        with removed_if_killed(folder):
            yield work_folder
    finally:
        remove(folder)
        os.close(lock)


def sweep(home: Path) -> None:
    """Remove the folders below home whose run no longer holds its lock."""
    for folder in home.glob("run-*"):
        try:
            lock = os.open(folder / "lock", os.O_RDWR)
        except OSError:
            continue  # it is only just gone
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(folder)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)


def remove(folder: Path) -> None:
    """Remove a folder, also one in which something was made read-only."""

    def make_writable(
        function: object, path: str, error: tuple[type[BaseException], object, object]
    ) -> None:
        if issubclass(error[0], FileNotFoundError):
            return  # somebody else has removed it
        os.chmod(os.path.dirname(path), 0o700)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path, ignore_errors=True)
        elif os.path.lexists(path):
            os.unlink(path)

    shutil.rmtree(folder, onerror=make_writable)
