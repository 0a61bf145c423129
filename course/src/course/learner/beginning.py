"""Begin a chapter: the learner's own branch, in a folder and environment of its own."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course import locks
from course.errors import UsageError
from course.git.command import run_git
from course.git.excluding import exclude
from course.git.links import relink
from course.git.repository import Repository
from course.git.worktrees import (
    Worktree,
    is_lost_without_branch,
    repair_interrupted,
    uncommitted,
    worktrees,
)
from course.learner.clone import MINE, Clone, display_path
from course.source.requirements import is_installed_from
from course.terminal import display_tool, first_few
from course.tree import Tree, digest

IN_PROGRESS_FOLDER = "starting"  # in the tool's folder: a lock, and what is half made
STAMP = "lectern-start"  # in a `.venv` that we made: what it was made from

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StartedChapter:
    """Where a chapter was begun, and whether the branch was there before.

    earlier is the learner's own branch of the chapter before, where there is one and
    this chapter is new.
    """

    folder: Path
    branch: str
    continued: bool
    earlier: str | None


def begin(clone: Clone, number: int, into: Path | None, say: Say) -> StartedChapter:
    """Put the learner's branch of a chapter into a folder; nothing is ever discarded.

    into is the folder (by default `mine/` in the clone). Raises UsageError, before
    anything is changed, where something is in the way.
    """
    clone.course.chapter(number)
    first = _first_commit(clone, number, say)
    with locks.tool_lock(clone.repository.tool_folder / IN_PROGRESS_FOLDER):
        if into is not None:
            relink(clone.repository.common, into)
        repair_interrupted(clone.repository)
        return _begin(clone, number, into, first, say)


def _begin(
    clone: Clone, number: int, into: Path | None, first: str, say: Say
) -> StartedChapter:
    repository = clone.repository
    trees = worktrees(repository)
    branch = f"my-chapter-{number}"
    folder = _folder(branch, into, trees)
    there = next((tree for tree in trees if tree.path == folder), None)
    for tree in trees:
        if tree.missing and (tree == there or tree.branch == branch):
            raise UsageError(_missing(tree, number))
    if there is None:
        _check_free(folder, trees)
    elif there.branch != branch:
        _check_saved(there, number, into)
    begun = repository.resolve(f"refs/heads/{branch}")
    elsewhere = repository.resolve(
        f"refs/remotes/origin/{branch}"
    )  # pushed, then cloned
    continued = bool(begun or elsewhere)
    exclude(repository.common)
    if begun is None:
        repository.run("branch", "--no-track", branch, elsewhere or first)
    wanted = _requirements(repository, branch)
    note = repository.tool_folder / IN_PROGRESS_FOLDER / _name(folder)
    if there is None:
        say(f"making the folder {display_path(folder)} ...")
        repository.run("worktree", "add", "--quiet", str(folder), branch)
    elif there.branch != branch:
        _provide_environment(folder, wanted, note, say)
        run_git(folder, "switch", "--quiet", branch)
    if note.exists() or not (folder / ".venv").exists():
        _provide_environment(folder, wanted, note, say)
    if wanted:  # chapter 1 begins with a bare Flask, which would speak of the file
        _provide_settings_file(folder / ".env")
    earlier = f"my-chapter-{number - 1}"
    offered = not continued and _has_finished(clone, number - 1, earlier)
    return StartedChapter(folder, branch, continued, earlier if offered else None)


def _has_finished(clone: Clone, number: int, branch: str) -> bool:
    """Tell whether the learner's own branch has all files of a chapter's end."""
    if clone.repository.resolve(f"refs/heads/{branch}") is None:
        return False
    end = clone.repository.entries(clone.tip(number))
    return end.keys() <= clone.repository.entries(f"refs/heads/{branch}").keys()


def _first_commit(clone: Clone, number: int, say: Say) -> str:
    """Return the commit a chapter begins at; write the chapter branches if need be."""
    repository = clone.repository
    first = repository.resolve(f"refs/course/start-{number}")
    if first is None:
        from course.branches.writing import write_branches

        say("writing the chapter branches ...")
        write_branches(repository, clone.source)
        first = repository.resolve(f"refs/course/start-{number}")
    if first is None:
        raise UsageError(
            f"the start of chapter {number} is not here yet: "
            f"run `{display_tool()} branches`"
        )
    return first


def _folder(branch: str, into: Path | None, trees: list[Worktree]) -> Path:
    """Choose the folder: the one asked for, where the branch is open, or `mine/`."""
    open_at = next((tree.path for tree in trees if tree.branch == branch), None)
    if into is None:
        return open_at or (trees[0].path / MINE).resolve()
    folder = into.resolve()
    if open_at is not None and open_at != folder:
        raise UsageError(f"{branch} is open in {display_path(open_at)}: continue there")
    if folder == trees[0].path:
        raise UsageError(
            "that is the clone itself, which stays on main: choose another folder"
        )
    return folder


def _check_free(folder: Path, trees: list[Worktree]) -> None:
    """Refuse a folder that holds something, or that lies inside another work tree."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{display_path(folder)} is a file: name another folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            f"{display_path(folder)} is not empty and no work tree of this clone: "
            "move it away, or name another folder with --into"
        )
    if folder == (trees[0].path / MINE).resolve():
        return
    above = next(parent for parent in folder.parents if parent.is_dir())
    found = run_git(above, "rev-parse", "--show-toplevel", check=False)
    if found.returncode == 0:
        root = Path(found.stdout.decode(errors="surrogateescape").rstrip("\n"))
        raise UsageError(
            f"{display_path(folder)} lies inside the work tree {display_path(root)}: "
            "name a folder outside of it"
        )


def _missing(tree: Worktree, number: int) -> str:
    """Say what to do where a work tree in the way is not in its place."""
    place, again = display_path(tree.path), f"{display_tool()} start {number}"
    if (tree.path / ".git").exists() and tree.record is not None:
        forget = f"rm -r {display_path(tree.record)}"
        return (
            f"{place} is another clone's now: forget it by `{forget}`, then `{again}`"
        )
    if tree.path.is_dir():
        return (
            f"{place} has lost its .git: `git worktree repair` if its files are yours, "
            f"else move it away and `git worktree prune`; then `{again}`"
        )
    where = f"{tree.branch} is open in {place}, which is not there"
    if tree.lock is not None:
        why = f" ({tree.lock})" if tree.lock else ""
        return f"{where}; it is locked{why}: bring its disk back, then `{again}`"
    return (
        f"{where}: where you have moved it, `{again} --into ITS-NEW-PLACE`; where you "
        f"have deleted it, `git worktree prune`, then `{again}`"
    )


def _check_saved(there: Worktree, number: int, into: Path | None) -> None:
    """Refuse to put another branch where work would get lost or mixed up."""
    where = display_path(there.path)
    git = "git" if where == "." else f"git -C {where}"
    name = "this folder" if where == "." else where
    again = f"{display_tool()} start {number}" + (f" --into {where}" if into else "")
    paths = uncommitted(there.path)
    if paths:
        raise UsageError(
            f"{name} has work that is not committed ({first_few(paths)}); keep it with "
            f"`{git} add --all && {git} commit -m 'My work'`, "
            f"then `{again}`"
        )
    if is_lost_without_branch(there.path):
        raise UsageError(
            f"{name} is on commits that no branch holds; keep them with "
            f"`{git} switch -c my-work`, then `{again}`"
        )


def _requirements(repository: Repository, branch: str) -> Tree:
    """Read what the tip of a branch asks for; nothing at the start of chapter 1."""
    entries = repository.entries(branch)
    return repository.read_entries(
        {path: entry for path, entry in entries.items() if is_installed_from(path)}
    )


def _provide_settings_file(path: Path) -> None:
    """Make a `.env` without settings, unless the learner has one.

    Without one, the command `flask` looks in the folders above, and takes the settings
    of the reading room, its database too, for those of the learner's app.
    """
    if not path.exists():
        path.write_text("# Settings of your own app: see .env.example\n")


def _provide_environment(folder: Path, wanted: Tree, note: Path, say: Say) -> None:
    """Give the work tree a `.venv` with what is wanted, in the place of an earlier one.

    Where nothing is wanted (the text of chapter 1 makes the environment) one that we
    made for another chapter goes; a learner's own stays. While note is there, the
    one in the folder is half made.
    """
    venv = folder / ".venv"
    stamp = digest(wanted)
    if _stamp(venv) == stamp:
        return
    if wanted:
        what = "the environment that the chapter begins with"
        say(f"making {display_path(venv)}, {what} ...")
        _replace_environment(wanted, venv, note, stamp)
    elif _stamp(venv):
        shutil.rmtree(venv)


def _replace_environment(wanted: Tree, venv: Path, note: Path, stamp: str) -> None:
    """Make `.venv` anew, under a note; an old one comes back where that fails."""
    from course.run.environments import create

    backup = venv.with_name(".venv.old")
    shutil.rmtree(backup, ignore_errors=True)
    note.touch()
    if venv.exists():
        venv.rename(backup)
    try:
        create(wanted, venv)
        (venv / STAMP).write_text(stamp)
    except BaseException:
        shutil.rmtree(venv, ignore_errors=True)
        if backup.exists():
            backup.rename(venv)
            note.unlink()
        raise
    note.unlink()
    shutil.rmtree(backup, ignore_errors=True)


def _stamp(venv: Path) -> str:
    """Return what a `.venv` of ours was made from; empty if we did not make it."""
    try:
        return (venv / STAMP).read_text()
    except OSError:
        return ""


def _name(folder: Path) -> str:
    return hashlib.sha256(bytes(folder)).hexdigest()[:16]
