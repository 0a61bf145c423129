"""Make a project of the reader's own from a checkpoint: own name, history, licence."""

import os
import re
import shutil
import tempfile
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from course.errors import UsageError
from course.git.command import run_git
from course.git.worktrees import worktrees
from course.learner.clone import Clone, display_path
from course.source.checkpoint_readme import known_weaknesses
from course.source.manifest import Chapter
from course.tree import File, Tree, write_folder

MAX_NAME_CHARACTERS = 60
_NAME = re.compile(r"[^\W\d_][\w .-]*")
_COURSE = re.compile(r"(?<![a-z])([Ll]ectern|LECTERN)(?![a-z])")
_TESTS = re.compile(r"\btest/ch\d\d_")
_TESTS_ON = "test/on_"  # no package has such a name; PyJWT's, for one, is `jwt`
_IMPORTS = re.compile(r"^(from|import) ch\d\d_", re.MULTILINE)
_HOLDER = re.compile(r"^Copyright .*$", re.MULTILINE)

WELCOME = """\
# Chapter 1: Welcome

This is the first page of {name}. It stands in `chapters/01-welcome/README.md`; write
your own in its place.

A chapter is a folder `NN-slug` in `chapters/`. Its first page is `README.md`.
"""
SECOND_PAGE = """\
# Part 2: A second page

A chapter's further pages are called `2-name.md`, `3-name.md` and so on. Each begins
with a heading, which is its title in the list of contents.
"""
README = """\
# {name}

## Run it

    python3 -m venv .venv
    . .venv/bin/activate
    python -m pip install -r requirements.txt -r test/requirements.txt
    python run.py

## Test it

    python -m pytest

## Before you ship it

{weaknesses}

It began as checkpoint {number} of the Lectern course, {title}.
"""
NO_KNOWN_WEAKNESSES = (
    "The course has no chapter after the one this began with. That is no promise: "
    "look for yourself what it does not defend against."
)


@dataclass(frozen=True, slots=True)
class Person:
    """The author of the commit; known is False where git has no name configured."""

    name: str
    email: str
    known: bool


@dataclass(frozen=True, slots=True)
class Project:
    """A project that was made, and what it does not defend against yet."""

    folder: Path
    name: str
    author: Person
    weaknesses: tuple[tuple[str, Chapter | None], ...]


def make_project(clone: Clone, folder: Path, number: int, name: str | None) -> Project:
    """Make a project in folder from checkpoint `number`.

    It is built beside the folder and put in place whole. Raises UsageError where the
    folder is taken or the name can't be one.
    """
    chapter = clone.course.chapter(number)
    folder = folder.resolve()
    name = _checked_name(folder.name if name is None else name)
    _check_free(clone, folder)
    checkpoint = clone.checkpoint(number)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        run_git(draft, "init", "--quiet", "--initial-branch=main")
        author = _author(clone, draft, name)
        weaknesses = tuple(known_weaknesses(clone.course, number))
        tree = own_tree(checkpoint, name)
        tree["README.md"] = File(_readme(name, chapter, weaknesses).encode())
        tree["LICENSE"] = File(_licence(checkpoint, author, name).encode())
        write_folder(tree, draft)
        _commit(draft, author, f"Begin {name}")
        draft.chmod(0o777 & ~_umask())
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Project(folder, name, author, weaknesses)


def own_tree(checkpoint: Tree, name: str) -> dict[str, File]:
    """Return a checkpoint without the course: its texts, its name, its numbers."""
    tree = {}
    for path, file in checkpoint.items():
        if not path.startswith("chapters/"):
            tree[_TESTS.sub(_TESTS_ON, path)] = _renamed(path, file, name)
    pages = {"README.md": WELCOME.format(name=name), "2-second-page.md": SECOND_PAGE}
    for page, text in pages.items():
        tree[f"chapters/01-welcome/{page}"] = File(text.encode())
    return tree


def _renamed(path: str, file: File, name: str) -> File:
    """Put the project's name in the place of the course's, in its three spellings."""
    try:
        text = file.data.decode("utf-8")
    except UnicodeDecodeError:
        return file
    word = "_" if path.endswith(".py") else "-"
    slug = slug_of(name, word)
    spellings = {"Lectern": name, "lectern": slug, "LECTERN": slug_of(name).upper()}
    text = _COURSE.sub(lambda match: spellings[match[1]], text)
    text = _IMPORTS.sub(r"\1 on_", _TESTS.sub(_TESTS_ON, text))
    return File(text.encode(), file.mode)


def slug_of(name: str, word: str = "_") -> str:
    """Spell a name as identifiers and addresses do: `My Books` is my_books."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return word.join(re.findall(r"[a-z0-9]+", plain.lower())) or "app"


def _checked_name(name: str) -> str:
    name = name.strip()
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME_CHARACTERS:
        raise UsageError(
            f"{name!r} is no name for a project: begin with a letter, then letters, "
            "digits, spaces, dots and hyphens, at most "
            f"{MAX_NAME_CHARACTERS}; say it with --name"
        )
    return name


def _check_free(clone: Clone, folder: Path) -> None:
    """Refuse a folder that is taken, or that lies inside the clone."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(
            f"{display_path(folder)} is taken: name a folder that is not there"
        )
    trees = [tree.path for tree in worktrees(clone.repository)]
    for root in [*trees, clone.repository.common.resolve()]:
        if folder.is_relative_to(root):
            raise UsageError(
                f"{display_path(folder)} lies inside the course's clone: "
                "name a folder outside"
            )


def _author(clone: Clone, draft: Path, name: str) -> Person:
    """Return the name and address configured in git, or neutral ones."""
    for folder in (draft, clone.repository.root):
        fields = [
            run_git(folder, "config", "--get", f"user.{field}", check=False)
            for field in ("name", "email")
        ]
        found = [os.fsdecode(field.stdout).strip() for field in fields]
        if all(found):
            return Person(found[0], found[1], known=True)
    return Person(f"The authors of {name}", f"{slug_of(name)}@localhost", known=False)


def _readme(
    name: str, chapter: Chapter, weaknesses: tuple[tuple[str, Chapter | None], ...]
) -> str:
    lines = [f"- {weakness}" for weakness, _ in weaknesses] or [NO_KNOWN_WEAKNESSES]
    if weaknesses:
        lines = ["It does not yet defend against all that it will meet:", "", *lines]
    return README.format(
        name=name,
        number=chapter.number,
        title=chapter.title,
        weaknesses="\n".join(lines),
    )


def _licence(checkpoint: Tree, author: Person, name: str) -> str:
    """Return the terms of the checkpoint's licence, given by the reader."""
    year = datetime.now(UTC).year
    ours = checkpoint.get("LICENSE")
    holder = f"Copyright (c) {year} {author.name}"
    if ours is None:
        return f"{holder}\n\nSay here what others may do with {name}.\n"
    text = ours.data.decode("utf-8")
    return _HOLDER.sub(lambda _: holder, text, count=1)


def _commit(folder: Path, author: Person, message: str) -> None:
    """Commit everything in folder, as the reader."""
    env = {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", author.name), ("EMAIL", author.email))
    }
    run_git(folder, "add", "--all", "--force")
    run_git(folder, "commit", "--quiet", "-m", message, env=env)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
