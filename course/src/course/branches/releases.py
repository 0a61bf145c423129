"""What a release of a checkpoint is, and which commit it has to be: no git is run here.

A release of chapter N has as parents the release before it and the new chapter N-1.
The first has no release before it: it stands on chapter N-1, and chapter 1's is a root.
What is published (`origin/chapter-N`) is the line that everybody shares: a release is
built on that alone, and every clone builds the same. Only where nothing is published
does the line go on from this clone's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from course.git.objects import Commit, ObjectHasher
from course.tree import Tree

HEADS, OURS, PUBLISHED = "refs/heads/", "refs/course/", "refs/remotes/origin/"
TRAILER = "Lectern-Chapter"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A woven chapter: the tree it ends with, and the tree its reader begins with."""

    number: int
    title: str
    tree: Tree
    start: Tree


@dataclass(frozen=True, slots=True)
class Node:
    """A commit that exists: its tree, parents, and the chapter it is a release of."""

    tree: str
    parents: tuple[str, ...]
    chapter: int | None


@dataclass(frozen=True, slots=True)
class History:
    """The commits that the refs of the chapters reach."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def ancestors(self, tip: str) -> Iterator[str]:
        """Walk a commit and its ancestors, the nearest first."""
        seen, waiting = {tip}, [tip]
        for sha in waiting:
            yield sha
            node = self.nodes.get(sha)  # a shallow clone lacks what lies below its edge
            new = [p for p in node.parents if p not in seen] if node else []
            seen.update(new)
            waiting.extend(new)

    def contains(self, tip: str, sha: str) -> bool:
        """Whether sha is tip or one of its ancestors."""
        return any(found == sha for found in self.ancestors(tip))

    def is_release(self, sha: str) -> bool:
        """Whether a commit is a release, and not somebody's own work."""
        node = self.nodes.get(sha)
        return node is not None and node.chapter is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """The commits that the chapters are to be, and those of them to be written."""

    releases: dict[int, str]
    new: dict[str, Commit]  # keyed by the ref of ours that each is for


@dataclass(frozen=True, slots=True)
class Release:
    """What became of one chapter's branch.

    status is "new" (a release was written, or the branch), "moved" (to a release that
    was there), "unchanged", "kept beside" (the branch has commits of somebody's own) or
    "checked out" (the branch is in use); message says what to do about it.
    """

    number: int
    commit: str
    status: str
    message: str = ""


def plan(
    checkpoints: list[Checkpoint],
    hasher: ObjectHasher,
    refs: Mapping[str, str],
    history: History,
) -> Plan:
    """Choose each chapter's release; add those that are new to history."""
    result = Plan({}, {})
    previous: list[str] = []
    for checkpoint in checkpoints:
        start = Commit.make(
            hasher, hasher.entries(checkpoint.start), previous, _start(checkpoint)
        )
        ref = f"{OURS}start-{checkpoint.number}"
        if refs.get(ref) != start.sha:
            result.new[ref] = start
        sha = _release(checkpoint, hasher, refs, history, previous, result)
        result.releases[checkpoint.number] = sha
        previous = [sha]
    return result


def _release(
    checkpoint: Checkpoint,
    hasher: ObjectHasher,
    refs: Mapping[str, str],
    history: History,
    previous: list[str],
    result: Plan,
) -> str:
    """Return the commit that is the checkpoint's release; plan it where it is new."""
    number = checkpoint.number
    entries = hasher.entries(checkpoint.tree)
    tree = hasher.tree(entries)
    base = refs.get(f"{PUBLISHED}chapter-{number}")
    if base is None:
        base = _unpublished_release(number, refs, history)
        candidates = [base] if base else []
    else:
        candidates = [sha for sha in history.ancestors(base) if sha in history.nodes]
    for sha in candidates:
        node = history.nodes[sha]
        if node.tree == tree and (sha == base or node.chapter == number):
            return sha
    parents = [*([base] if base else []), *previous]
    commit = Commit.make(hasher, entries, parents, _message(checkpoint))
    result.new[f"{OURS}chapter-{number}"] = commit
    history.nodes[commit.sha] = Node(tree, commit.parents, number)
    return commit.sha


def _unpublished_release(
    number: int, refs: Mapping[str, str], history: History
) -> str | None:
    """Return this clone's latest release of a chapter that is not published."""
    ours = refs.get(f"{OURS}chapter-{number}")
    head = refs.get(f"{HEADS}chapter-{number}")
    if head is None or not history.is_release(head):
        return ours
    return head if ours is None or history.contains(head, ours) else ours


def _message(checkpoint: Checkpoint) -> str:
    """Return the message of a release; its trailer marks it as one of ours."""
    number, title = checkpoint.number, checkpoint.title
    return (
        f"Chapter {number}: {title}\n\n"
        f"The checkpoint at the end of the chapter, woven from the course.\n\n"
        f"{TRAILER}: {number}\n"
    )


def _start(checkpoint: Checkpoint) -> str:
    """Return the message of the commit in which a reader begins a chapter."""
    number, title = checkpoint.number, checkpoint.title
    before = f"the end of chapter {number - 1}" if number > 1 else "nothing"
    return (
        f"Start chapter {number}: {title}\n\n"
        f"This is {before}, with the chapter's text and exercises added.\n"
    )


def decide_update(
    number: int,
    planned: Plan,
    refs: Mapping[str, str],
    history: History,
    checkouts: Mapping[str, str],
) -> Release:
    """Decide what becomes of one branch: only one that nobody uses is moved.

    checkouts are the branches in use, with the command that calls git there.
    """
    name, release = f"chapter-{number}", planned.releases[number]
    head = refs.get(f"{HEADS}{name}")
    published = refs.get(f"{PUBLISHED}{name}", release)
    behind = published != release and history.contains(published, release)
    newer = f"origin has a newer {name} than this source gives: update main"
    note = f"{newer} (git pull)" if behind else ""
    if head == release or (
        behind and head and _between(history, published, head, release)
    ):
        return Release(number, release, "unchanged", note)
    forward = head is None or history.contains(release, head)
    if head and not (forward or history.is_release(head)):
        return _diverged(number, release, history.contains(head, release), checkouts)
    if f"{HEADS}{name}" in checkouts:
        action = "merge --ff-only" if forward else "reset --keep"
        do = f"{checkouts[HEADS + name]} {action} {OURS}{name}"
        message = f"{name} is checked out; to move it: {do}"
        return Release(number, release, "checked out", message)
    written = f"{OURS}{name}" in planned.new or head is None
    return Release(number, release, "new" if written else "moved", note)


def _between(history: History, newest: str, sha: str, oldest: str) -> bool:
    """Whether a commit lies between two others."""
    return history.contains(newest, sha) and history.contains(sha, oldest)


def _diverged(
    number: int, release: str, taken_in: bool, checkouts: Mapping[str, str]
) -> Release:
    """Say that a branch is somebody's own, and how to take the release into it."""
    name = f"chapter-{number}"
    message = f"{name} has commits that are not ours and is left alone"
    if not taken_in:
        git = checkouts.get(f"{HEADS}{name}", "git")
        message += f"; to take the release in, on {name}: {git} merge {OURS}{name}"
    return Release(number, release, "kept beside", message)
