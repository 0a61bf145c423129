"""The links between a clone and its work trees, mended where one of them has moved.

A linked work tree's `.git` is a file that names its record, `worktrees/NAME` in the
clone's git folder; the record's `gitdir` names that file. Both are absolute paths.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from course.git.command import run_git
from course.tree import write_atomically


def record_of(folder: Path) -> Path | None:
    """Return the git folder that a `.git` file names; None where there is no file."""
    return _read(folder / ".git", b"gitdir: ")


def place_of(record: Path) -> Path | None:
    """Return the folder in which a record's work tree is, or was when git last saw."""
    found = _read(record / "gitdir", b"")
    return None if found is None else found.parent


def is_linked(record: Path) -> bool:
    """Tell whether a record and the work tree that it names point at each other."""
    place = place_of(record)
    back = None if place is None else record_of(place)
    return back is not None and back.resolve() == record.resolve()


def relink(common: Path, folder: Path) -> bool:
    """Link a work tree in folder with its record again, where either has moved.

    Tells whether it did. A record whose work tree is in its place stays as it is, and
    so does a folder that may be another clone's.
    """
    named = record_of(folder)
    record = common / "worktrees" / (named.name if named else "")
    if named is None or not (record / "gitdir").is_file() or is_linked(record):
        return False
    if named.resolve() != record.resolve():
        inside = folder.resolve().is_relative_to(common.parent)
        copied = common.name == ".git" and inside and not _is_place(folder, named)
        if named.exists() and not copied:
            return False
    # `git worktree repair` mends both ways since 2.31 only, and first takes what any
    # record of a copied clone names: the work trees of the original.
    write_atomically(folder / ".git", b"gitdir: " + os.fsencode(record) + b"\n")
    git_file = os.fsencode(folder.resolve() / ".git")
    write_atomically(record / "gitdir", git_file + b"\n")
    return True


def _is_place(folder: Path, record: Path) -> bool:
    place = place_of(record)
    return place is not None and place.resolve() == folder.resolve()


def relink_moved(common: Path, home: Path, here: Path) -> None:
    """Link the work trees again that have moved with the clone, or that we are in."""
    for record in sorted(common.glob("worktrees/*")):
        if is_linked(record):
            continue
        place = place_of(record)
        beside = [] if place is None else [home / place.name, home.parent / place.name]
        for folder in (here, *beside):
            if (found := record_of(folder)) and found.name == record.name:
                relink(common, folder)


def find_moved_clone(folder: Path) -> bool:
    """Link the work tree around folder with its clone, which is not where it was.

    The clone is looked for above it, and where this program is installed. Tells
    whether it was found.
    """
    top, record = lost_link(folder)
    if record is None:
        return False
    for clone in (*top.parents, *own_clone()):
        if (clone / ".git").exists():
            done = run_git(clone, "rev-parse", "--git-common-dir", check=False)
            common = (clone / os.fsdecode(done.stdout).rstrip("\n")).resolve()
            if done.returncode == 0 and relink(common, top):
                return True
    return False


def lost_link(folder: Path) -> tuple[Path, Path | None]:
    """Return the work tree around folder, and the record that it names but has not."""
    folder = folder.absolute()
    above = (one for one in (folder, *folder.parents) if (one / ".git").exists())
    top = next(above, folder)
    record = record_of(top)
    return top, None if record is None or record.exists() else record


def own_clone() -> Iterator[Path]:
    """Yield the clone that this program is installed in, as `.venv/bin/course`."""
    program = Path(sys.argv[0]).resolve()
    if program.parts[-3:] == (".venv", "bin", "course"):
        yield program.parents[2]


def _read(file: Path, start: bytes) -> Path | None:
    """Read the path in one of git's small files; it may be relative to the file."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    if not data.startswith(start):
        return None
    path = os.fsdecode(data.removeprefix(start).rstrip(b"\r\n"))
    return Path(os.path.normpath(file.parent / path))
