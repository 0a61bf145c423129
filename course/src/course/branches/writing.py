"""Write the chapter branches, woven from the source, without touching a work tree."""

import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from course import locks
from course.branches.history import read_history
from course.branches.publish import push_releases
from course.branches.releases import (
    HEADS,
    OURS,
    PUBLISHED,
    Checkpoint,
    History,
    Plan,
    Release,
    decide_update,
    plan,
)
from course.branches.scratch_repository import write_checkpoints
from course.errors import CourseError
from course.git.command import GitError, run_git
from course.git.fast_import import import_commits, sweep_crash_reports
from course.git.objects import ObjectHasher
from course.git.repository import Repository
from course.git.worktrees import worktrees
from course.source import checkpoint_readme
from course.source.weave import Source, start_tree
from course.tree import File, Tree

__all__ = ["Release", "publish", "write_branches", "write_checkpoints"]

ATTEMPTS = 5  # a reader may commit between our look and our move


def write_branches(
    repository: Repository, source_ref: str, push: str | None = None
) -> list[Release]:
    """Weave every checkpoint from source_ref and bring the chapter branches up to it.

    With push, the releases are then published to that remote. Raises SourceError where
    the source is not valid, UsageError where there is no such commit, CourseError where
    git fails; then each branch is what it was, or its new release.
    """
    with locks.tool_lock(repository.tool_folder) as lock:
        checkpoints, known = read_checkpoints(repository, source_ref)
        releases = write_releases(repository, checkpoints, known, lock)
    if push is not None:
        publish(repository, push, releases)
    return releases


def publish(repository: Repository, remote: str, releases: Iterable[Release]) -> str:
    """Push releases to a remote; return the names of the branches that it took."""
    commits = {release.number: release.commit for release in releases}
    return ", ".join(f"chapter-{n}" for n in push_releases(repository, remote, commits))


def read_checkpoints(
    repository: Repository, source_ref: str
) -> tuple[list[Checkpoint], set[str]]:
    """Weave the checkpoints of a commit; name the blobs that the repository has."""
    entries = repository.entries(source_ref)
    source = Source.read(repository.read_entries(entries))
    checkpoints = []
    before: Tree = {}
    for chapter in source.course.chapters:
        tree = source.weave(chapter.number)
        start = start_tree(before, tree, chapter.folder)
        if before:
            start["README.md"] = File(checkpoint_readme.begin(chapter).encode())
        checkpoints.append(Checkpoint(chapter.number, chapter.title, tree, start))
        before = tree
    return checkpoints, {blob for _, blob in entries.values()}


def write_releases(
    repository: Repository,
    checkpoints: list[Checkpoint],
    known: Iterable[str] = (),
    lock: int | None = None,
) -> list[Release]:
    """Release checkpoints that are woven already; the caller holds the tool's lock.

    known are the SHAs of blobs that the repository has.
    """
    sweep_crash_reports(repository.common)
    for attempt in range(ATTEMPTS):
        refs = _chapter_refs(repository, checkpoints)
        history = read_history(repository, refs)
        hasher = ObjectHasher(next(iter(history.nodes), next(iter(known), "")))
        planned = plan(checkpoints, hasher, refs, history)
        try:
            return _write(
                repository,
                checkpoints,
                set(known),
                planned,
                hasher,
                refs,
                history,
                lock,
            )
        except GitError:
            if attempt == ATTEMPTS - 1:
                raise
            if _chapter_refs(repository, checkpoints) == refs:
                raise
    raise CourseError("the chapter branches keep changing: try again")


def _chapter_refs(
    repository: Repository, checkpoints: list[Checkpoint]
) -> dict[str, str]:
    """Read what the chapters' refs are now."""
    numbers = [checkpoint.number for checkpoint in checkpoints]
    wanted = [f"{at}chapter-{n}" for at in (HEADS, OURS, PUBLISHED) for n in numbers]
    wanted += [f"{OURS}start-{n}" for n in numbers]
    found = repository.refs(*wanted)
    return {ref: found[ref] for ref in wanted if ref in found}


def _write(
    repository: Repository,
    checkpoints: list[Checkpoint],
    known: set[str],
    planned: Plan,
    hasher: ObjectHasher,
    refs: Mapping[str, str],
    history: History,
    lock: int | None,
) -> list[Release]:
    """Write the new commits, then move our refs and the branches in one transaction."""
    moves, releases = {}, []
    checkouts: dict[str, str] | None = None
    for number, release in planned.releases.items():
        branch, ours = f"{HEADS}chapter-{number}", f"{OURS}chapter-{number}"
        if checkouts is None and refs.get(branch) != release:
            checkouts = checked_out(repository)
        update = decide_update(number, planned, refs, history, checkouts or {})
        releases.append(update)
        if update.status in ("new", "moved"):
            moves[branch] = release
        if ours not in planned.new and refs.get(ours) != release:
            moves[ours] = release
    locks.remove_stale(repository.common, [*planned.new, *moves])
    if planned.new:
        blobs = _blobs(checkpoints, hasher, known)
        import_commits(repository.root, planned.new, blobs, lock)
    if moves:
        none = "0" * len(next(iter(moves.values())))
        lines = [
            f"update {ref} {sha} {refs.get(ref, none)}" for ref, sha in moves.items()
        ]
        transaction = "".join(line + "\n" for line in lines).encode()
        reason = ("-m", "course branches")
        run_git(
            repository.root,
            "update-ref",
            *reason,
            "--stdin",
            input=transaction,
            keep=lock,
        )
    return releases


def _blobs(
    checkpoints: list[Checkpoint], hasher: ObjectHasher, known: set[str]
) -> dict[str, bytes]:
    """Return the files' bytes that the repository may lack, by the name of the blob."""
    blobs = {}
    for checkpoint in checkpoints:
        for tree in (checkpoint.start, checkpoint.tree):
            for file in tree.values():
                sha = hasher.blob(file.data)
                if sha not in known:
                    blobs[sha] = file.data
    return blobs


def checked_out(repository: Repository) -> dict[str, str]:
    """Return the branches that a work tree is on, and how to call git there.

    A work tree that was deleted by hand keeps its branch in git's books: it is ignored.
    """
    found = {}
    for tree in worktrees(repository):
        branch = f"{HEADS}{tree.branch}" if tree.branch else _in_progress(tree.path)
        if branch and not tree.prunable:
            here = tree.path == repository.root.resolve()
            found[branch] = "git" if here else f"git -C {shlex.quote(str(tree.path))}"
    return found


def _in_progress(folder: Path) -> str | None:
    """Return the branch that a rebase in a work tree will come back to."""
    git = folder / ".git"
    if git.is_file():
        git = folder / os.fsdecode(git.read_bytes().strip().partition(b"gitdir: ")[2])
    for name in ("rebase-merge/head-name", "rebase-apply/head-name"):
        if (git / name).is_file():
            return os.fsdecode((git / name).read_bytes().strip())
    return None
