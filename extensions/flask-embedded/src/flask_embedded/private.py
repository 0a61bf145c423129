"""Files and folders for this user alone, whatever the umask, and short paths."""

import hashlib
import os
import re
import sys
import tempfile
from pathlib import Path

LONGEST = 103  # bytes in a socket's path: 107 on Linux, 103 on macOS
PLAIN = re.compile(r"[\w./~-]+", re.ASCII)  # needs no quoting in any client's URL


def private_folder(path: Path) -> None:
    """Make a folder with mode 0700, or give it that mode.

    One that another process has just made under an odd umask is mended, too.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o777 != 0o700:
        path.chmod(0o700)


def private_file(path: Path) -> int:
    """Open a file for reading and writing, made with mode 0600 where it is missing."""
    flags = os.O_RDWR | os.O_CREAT
    try:
        number = os.open(path, flags, 0o600)
    except PermissionError:  # made just now by a process whose umask is odd, perhaps
        path.chmod(0o600)
        number = os.open(path, flags)
    if os.fstat(number).st_mode & 0o777 != 0o600:
        os.fchmod(number, 0o600)
    return number


def short(folder: Path, longest_name: str) -> Path:
    """Return the folder, or the short link that stands for it in sockets' paths.

    A link is needed where the path is too long for a socket, or has characters that
    clients read in different ways in a URL.
    """
    path = str(folder / longest_name)
    if len(path) <= LONGEST and PLAIN.fullmatch(path):
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    name = f"flask-embedded-{user()}-{digest}"
    return Path(tempfile.gettempdir()).resolve() / name


def user() -> int:
    """Return the number of the user that we act as; Windows has none."""
    return -1 if sys.platform == "win32" else os.geteuid()


def make_link(link: Path, folder: Path) -> None:
    """Make the short link; one that somebody else has put there is not followed."""
    try:
        link.symlink_to(folder)
    except FileExistsError:
        ours = link.lstat().st_uid == user() and link.is_symlink()
        if not ours or link.readlink() != folder:
            raise FileExistsError(f"{link} is in the way") from None
