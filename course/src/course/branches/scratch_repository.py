"""A scratch repository with the chapters as branches, to type a chapter's text in."""

from pathlib import Path

from course.git.command import EMAIL, NAME, run_git
from course.git.fast_import import import_commits
from course.git.objects import Commit, ObjectHasher
from course.tree import Tree

# The text runs plain git here: its commits must work, whoever runs it.
SETTINGS = f"""\
[user]
    name = {NAME}
    email = {EMAIL}
    useConfigOnly = false
[core]
    hooksPath = /dev/null
    autocrlf = false
    safecrlf = false
    fsmonitor = false
    attributesFile = /dev/null
    excludesFile = /dev/null
    pager = cat
    editor = true
[commit]
    gpgSign = false
[tag]
    gpgSign = false
[color]
    ui = false
[gc]
    auto = 0
[i18n]
    commitEncoding = UTF-8
"""


def write_checkpoints(folder: Path, trees: list[Tree], starts: list[Tree]) -> None:
    """Make folder a repository whose branches chapter-1, chapter-2 ... hold trees.

    The trees of starts are commits too, at refs/course/start-1 ...; the branch that is
    checked out, main, has no commit yet, and files in folder stay as they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run_git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    with (folder / ".git/config").open("a") as config:
        config.write(SETTINGS)
    hasher = ObjectHasher("")
    commits: dict[str, Commit] = {}
    ends: list[list[str]] = [[]]  # the parents for what comes after each chapter
    for number, tree in enumerate(trees, start=1):
        entries = hasher.entries(tree)
        commit = Commit.make(hasher, entries, ends[-1], f"Chapter {number}\n")
        commits[f"refs/heads/chapter-{number}"] = commit
        ends.append([commit.sha])
    for number, tree in enumerate(starts, start=1):
        entries, parents = hasher.entries(tree), ends[min(number - 1, len(trees))]
        start = Commit.make(hasher, entries, parents, f"Start chapter {number}\n")
        commits[f"refs/course/start-{number}"] = start
    blobs = {
        hasher.blob(file.data): file.data
        for tree in (*trees, *starts)
        for file in tree.values()
    }
    if commits:
        import_commits(folder, commits, blobs)
