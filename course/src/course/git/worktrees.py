"""The work trees of a clone: which there are, and whether one holds unsaved work."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from course.git.command import run_git
from course.git.links import is_linked, own_clone, place_of, record_of, relink_moved
from course.git.repository import Repository


@dataclass(frozen=True, slots=True)
class Worktree:
    """One work tree: its folder and the branch on it (None where HEAD is detached)."""

    path: Path
    branch: str | None
    missing: bool = False  # deleted, moved away, or on a disk that is not here now
    lock: str | None = None  # why it is locked; None where it is not
    record: Path | None = None  # where the clone keeps what belongs to it; not of home

    @property
    def prunable(self) -> bool:
        """Whether nothing speaks for its coming back."""
        return self.missing and self.lock is None

    @property
    def unfinished(self) -> bool:
        """Whether git was killed while it made this one."""
        return self.lock == "initializing"


def worktrees(repository: Repository) -> list[Worktree]:
    """List the work trees of a clone; the first is the clone's own folder.

    Those that have moved with the clone, or that we are in, are linked again first.
    """
    common = repository.common
    relink_moved(common, _home(repository, []), repository.root)
    found = common.glob("worktrees/*")
    records = {place: one for one in found if (place := place_of(one))}
    listed = repository.text("worktree", "list", "--porcelain").split("\n\n")
    blocks = [block.splitlines() for block in listed if block.strip()]
    first, *linked = [_read(block, records) for block in blocks]
    home = _home(repository, [tree.path for tree in linked]).resolve()
    if "bare" in blocks[0]:
        return sorted(linked, key=lambda tree: tree.path != home)
    return [replace(first, path=home), *linked]


def _home(repository: Repository, linked: list[Path]) -> Path:
    """Return the clone's own folder; git knows it by the name of its git folder.

    That name tells nothing in a submodule, or where the git folder was put elsewhere.
    In a bare repository it is the work tree with our program in it, else the first.
    """
    root, common = repository.root, repository.common
    record = record_of(root)
    if record is None or record.resolve() == common:
        return root
    if named := repository.run("config", "--get", "core.worktree", check=False):
        return (common / os.fsdecode(named).rstrip("\n")).resolve()
    own = list(own_clone())
    for folder in (*own, *root.parents):
        if (record := record_of(folder)) is not None and record.resolve() == common:
            return folder
    if common.name == ".git" and not _is_bare(repository):
        return common.parent
    return next((path for path in (*own, *linked) if path in linked), root)


def _is_bare(repository: Repository) -> bool:
    asked = ("config", "--type=bool", "--get", "core.bare")
    return repository.run(*asked, check=False).strip() == b"true"


def _read(lines: list[str], records: Mapping[Path, Path]) -> Worktree:
    about = dict(line.partition(" ")[::2] for line in lines)
    path = Path(about["worktree"])
    branch = about.get("branch", "").removeprefix("refs/heads/") or None
    record = records.get(path)
    if record is None:
        return Worktree(path.resolve(), branch)
    lock, missing = _lock(record), not is_linked(record)
    return Worktree(path.resolve(), branch, missing, lock, record)


def _lock(record: Path) -> str | None:
    """Return why a work tree is locked; `worktree list` says it since git 2.31."""
    try:
        return (record / "locked").read_text(errors="replace").strip()
    except OSError:
        return None


def repair_interrupted(repository: Repository) -> None:
    """Finish a work tree in which git was killed; forget one that it never made.

    No other is forgotten: it may have moved, or be on a disk that is away.
    """
    for tree in worktrees(repository)[1:]:
        if tree.unfinished:
            repository.run("worktree", "unlock", str(tree.path), check=False)
            if tree.missing:
                repository.run("worktree", "remove", "--force", str(tree.path))
                continue
        if _never_filled(tree.path):
            run_git(tree.path, "reset", "--quiet", "--hard")


def _never_filled(folder: Path) -> bool:
    """Tell whether a work tree has no index yet: none of its files can be changed."""
    done = run_git(folder, "rev-parse", "--git-path", "index", check=False)
    index = folder / os.fsdecode(done.stdout).rstrip("\n")
    if done.returncode or index.exists():
        return False
    index.with_name("index.lock").unlink(missing_ok=True)
    return True


def uncommitted(folder: Path, *paths: str) -> list[str]:
    """List the files that no commit holds yet, all or those of paths.

    Of paths it lists ignored files too: git could not bring those back.
    """
    flags = ["--porcelain", "-z", "--no-renames", "--untracked-files=all"]
    if paths:
        flags += ["--ignored", "--", *(f":(top,literal){path}" for path in paths)]
    done = run_git(folder, "status", *flags)
    return [os.fsdecode(line[3:]) for line in done.stdout.split(b"\0") if line]


def is_lost_without_branch(folder: Path) -> bool:
    """Tell whether a detached HEAD holds commits that no branch or tag has."""
    if run_git(folder, "symbolic-ref", "-q", "HEAD", check=False).returncode == 0:
        return False
    return not run_git(folder, "for-each-ref", "--count=1", "--contains=HEAD").stdout
