"""The work trees of a clone: which there are, and whether one holds unsaved work."""

import os
from dataclasses import dataclass
from pathlib import Path

from course.git.command import run_git
from course.git.repository import Repository


@dataclass(frozen=True, slots=True)
class Worktree:
    """One work tree: its folder and the branch on it (None where HEAD is detached)."""

    path: Path
    branch: str | None
    prunable: bool = False
    unfinished: bool = False  # git was killed while it made this one


def worktrees(repository: Repository) -> list[Worktree]:
    """List the work trees of a clone; the first is the clone's own folder."""
    blocks = repository.text("worktree", "list", "--porcelain").split("\n\n")
    return [_read(block.splitlines()) for block in blocks if block.strip()]


def _read(lines: list[str]) -> Worktree:
    about = dict(line.partition(" ")[::2] for line in lines)
    path = Path(about["worktree"]).resolve()
    branch = about.get("branch", "").removeprefix("refs/heads/") or None
    lock = about.get("locked")  # one on a disk that is not here now may be locked
    prunable = "prunable" in about or (lock is None and not path.is_dir())
    return Worktree(path, branch, prunable, lock == "initializing")


def repair_interrupted(repository: Repository) -> None:
    """Forget work trees that were deleted, and finish one that git was killed in."""
    for tree in worktrees(repository):
        if tree.unfinished:
            repository.run("worktree", "unlock", str(tree.path), check=False)
    repository.run("worktree", "prune")
    for tree in worktrees(repository)[1:]:
        if _never_filled(tree.path):
            run_git(tree.path, "reset", "--quiet", "--hard")


def _never_filled(folder: Path) -> bool:
    """Tell whether a work tree has no index yet: none of its files can be changed."""
    asked = ("rev-parse", "--path-format=absolute", "--git-path", "index")
    done = run_git(folder, *asked, check=False)
    index = Path(os.fsdecode(done.stdout).rstrip("\n"))
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
