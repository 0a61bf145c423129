"""The app with its own stores on a disk that is full, or read-only.

It takes a disk of its own, so it is CI, which is root, that runs this.
"""

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("on_a_disk.py")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk."""
    folder = tmp_path / "instance"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=24m", "none", folder)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def mount(*words: object) -> None:
    """Mount a disk; in a container that takes SYS_ADMIN."""
    subprocess.run(["mount", *map(str, words)], check=True)


def use(disk: Path, how: str) -> dict[str, Any]:
    """Use the app on the disk; return what it answered, when its stores have ended."""
    command = [sys.executable, PROGRAM, disk, how]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    with open(disk / "embedded" / "guardian.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_full_disk_is_read_refuses_writes_and_takes_them_again(disk: Path) -> None:
    found = use(disk, "full")
    assert set(found["before"]) == {"303"}
    assert set(found["full"]) == {"303", "503"}  # it took what it had space for
    assert found["page"]["status"] == 200
    assert found["page"]["shown"]
    # Valkey ends where it can't keep a write, and is back at once, to be read.
    # MongoDB, which nobody has needed before, has no space to start in.
    assert found["page"]["away"] == "mongo"
    assert found["after"]["303"] > 0
    assert found["in the end"] == {"status": 200, "shown": True, "read": 2, "away": ""}


def test_on_a_read_only_disk_pages_are_read_and_the_health_says_what_is_away(
    disk: Path,
) -> None:
    use(disk, "full")
    mount("-o", "remount,ro", disk)
    found = use(disk, "read-only")
    assert found["page"] == {
        "status": 200,
        "shown": False,
        "read": 0,
        "away": "database, redis, mongo",
    }
