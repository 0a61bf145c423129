"""What others do to our files: git in a checkout, and whoever shares the disk."""

import re
import subprocess
import time
from pathlib import Path

# File systems that others write to as well: nobody tells us when they do.
SHARED = re.compile(
    r"9p|cifs|drvfs|fakeowner|fuse\.|nfs|prl_fs|smb|vboxsf|virtiofs|vmhgfs"
)
GIT_SECONDS = 10  # that git has for a checkout; a lock can be left behind


def reason_to_poll(folder: Path) -> str:
    """Say why the system won't tell us of all changes there; empty where it will."""
    kind = file_system(folder)
    return f"the files are on {kind}" if SHARED.match(kind) else ""


def file_system(folder: Path) -> str:
    """Name the kind of the file system that a folder is on; empty where unknown."""
    command = ["findmnt", "-no", "FSTYPE", "--target", str(folder)]  # on Linux
    try:
        asked = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    except OSError:
        return ""
    return asked.stdout.strip()


def wait_for_git(folder: Path) -> None:
    """Return when git has written the last file.

    Half of a checkout would be another program, which could bring the database of
    this one up to date.
    """
    limit = time.monotonic() + GIT_SECONDS
    while git_is_writing(folder) and time.monotonic() < limit:
        time.sleep(0.1)
    if git_is_writing(folder):
        print(f"git's index.lock is still there after {GIT_SECONDS} s: not waiting")


def git_is_writing(folder: Path) -> bool:
    """Tell whether git changes files there now: a lock stands beside its index."""
    for at in (folder, *folder.parents):
        git = at / ".git"
        if git.is_file():  # a linked worktree, which names another folder
            git = at / git.read_text("utf-8").removeprefix("gitdir:").strip()
        if git.is_dir():
            return (git / "index.lock").exists()
    return False
