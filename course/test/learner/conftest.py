"""A course of two small chapters, a clone of it, and the `course` command in it."""

import difflib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from course.branches.writing import write_branches
from course.cli import command
from course.errors import CourseError
from course.git.repository import Repository
from course.tree import File, write_folder


@dataclass(frozen=True)
class Answer:
    """What a command printed on both streams, and its exit code."""

    code: int
    text: str


Call = Callable[..., Answer]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that calls `course ARGUMENTS` in a folder."""

    def call_in(folder: Path, *arguments: str) -> Answer:
        monkeypatch.chdir(folder)
        result = CliRunner().invoke(command, arguments, prog_name="course")
        if isinstance(result.exception, CourseError):
            error = result.exception
            return Answer(error.exit_code, f"{result.output}course: {error}\n")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.output)

    return call_in


@pytest.fixture
def clone(course_repository) -> Path:
    """Make the learner's clone: on main, with the chapter branches."""
    root = course_repository.root
    write_branches(Repository.find(root), "refs/heads/main")
    return root


@pytest.fixture
def as_installed(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tool believe that it is the program in the clone's `.venv`."""
    monkeypatch.setattr(sys, "argv", [str(clone / ".venv/bin/course")])


@pytest.fixture(autouse=True)
def quick_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make environments that are this Python itself: no package is installed."""

    def make(tree: object, folder: Path, python: str | None = None) -> Path:
        program = folder / "bin" / "python"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        program.chmod(0o755)
        return folder

    def shared(tree: object, cache: Path) -> Path:
        folder = cache / "one"
        return folder if folder.exists() else make(tree, folder)

    monkeypatch.setattr("course.run.environments.create", make)
    monkeypatch.setattr("course.run.environments.environment", shared)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


@pytest.fixture
def mine(clone: Path, call: Call) -> Path:
    """Begin chapter 2 in the clone's `mine/`."""
    assert call(clone, "start", "2").code == 0
    return clone / "mine"


@pytest.fixture
def finish(clone: Path) -> Callable[[Path], None]:
    """Return a function that makes a tree the end of chapter 2, uncommitted."""

    def write(folder: Path) -> None:
        write_folder(Repository.find(clone).tree("refs/course/chapter-2"), folder)

    return write


@pytest.fixture
def sample_course() -> dict[str, File]:
    """Return the annotated course of these tests."""
    files = {path: File(text.encode()) for path, text in FILES.items()}
    files["chapters/02-second/exercises/louder/solution.patch"] = File(SOLUTION)
    return files


FIRST = [".gitattributes", ".gitignore", "LICENSE", "pyproject.toml"]
FIRST += ["requirements.txt", "constraints.txt", "run.py"]
CHAPTER = """\
title = "{title}"
concept = "being {slug}"
shows = "it says {slug}"
minutes = {minutes}
files = {files}
protects = ["Nothing says {slug}."]
[start]
command = {command}
prints = "hello"
"""
# Without two plugins of this Python, which take most of a run's time.
PYPROJECT = """\
[tool.pytest.ini_options]
addopts = [
    "--import-mode=importlib", "-p", "no:cacheprovider",
    "-p", "no:hypothesispytest", "-p", "no:valkey",
]
pythonpath = ["."]
testpaths = ["test"]
"""
RUN = '''\
"""Say hello, for Lectern."""

import sys

NAMES = [
    "first",
    "second",  # chapter 2
]


def hello() -> str:
    """Return the greeting."""
    return "hello " + NAMES[-1]


# region chapter 2: shout
def shout() -> str:
    """Return the greeting, louder."""
    return hello().upper()


# endregion shout
if __name__ == "__main__":
    print(hello(), *sys.argv[1:])
'''
WOVEN = "\n".join(
    line.removesuffix("  # chapter 2")
    for line in RUN.split("\n")
    if not line.startswith(("# region", "# endregion"))
)
SECOND_TEXT = """\
# Chapter 2: The second

## Step 1: fetch the tests

```console
$ git checkout chapter-2 -- test/ch02_second
```

## Step 2: another name

`run.py`, changed:

```diff
     "first",
+    "second",
 ]
```

## Step 3: shout

`run.py`, changed:

```diff
     return "hello " + NAMES[-1]
{blank}
{blank}
+def shout() -> str:
+    \"""Return the greeting, louder.\"""
+    return hello().upper()
+
+
 if __name__ == "__main__":
```

## What goes wrong

`run.py`, try this, then undo it:

```diff
-    return hello().upper()
+    return hello().lower()
```

```console
$ python -c 'import run; print(run.shout())' > shout.txt
$ rm shout.txt
```
""".replace("{blank}", " ")
TEST_LOUDER = '''\
"""Check the exercise."""

from run import shout


def test_it_ends_in_a_mark() -> None:
    """The shout ends in a mark."""
    assert shout().endswith("!"), f"it ends in {shout()[-1]}"


def test_it_is_loud() -> None:
    """The shout is in capitals."""
    assert shout().isupper()
'''
SOLVED = WOVEN.replace("hello().upper()", 'hello().upper() + "!"')
SOLUTION = (
    b"diff --git a/run.py b/run.py\n"
    + "".join(
        difflib.unified_diff(
            WOVEN.splitlines(True), SOLVED.splitlines(True), "a/run.py", "b/run.py"
        )
    ).encode()
)


def chapter_test(name: str) -> str:
    """Write the test file of a chapter."""
    return (
        f'"""Test that it says {name}."""\n\nfrom run import NAMES\n\n\n'
        f'def test_it_says_{name}() -> None:\n    assert "{name}" in NAMES\n'
    )


FILES = {
    ".gitattributes": "* -text\n",
    ".gitignore": ".venv/\n__pycache__/\n",
    "LICENSE": "MIT License\n\nCopyright (c) 2026 The Lectern authors\n\nTerms.\n",
    "README.md": "# The whole course\n",
    "pyproject.toml": PYPROJECT,
    "requirements.txt": "-c constraints.txt\n",
    "constraints.txt": "",
    "run.py": RUN,
    "chapters/course.toml": 'main_only = ["README.md"]\n',
    "chapters/01-first/chapter.toml": CHAPTER.format(
        title="The first",
        slug="first",
        minutes=[20],
        files=FIRST,
        command=["python", "run.py"],
    ),
    "chapters/01-first/README.md": "# Chapter 1: The first\n\n## Step 1: read\n\nIt.\n",
    "chapters/02-second/chapter.toml": CHAPTER.format(
        title="The second",
        slug="second",
        minutes=[10],
        files=[],
        command=["python", "run.py", "--port", "{port}"],
    ),
    "chapters/02-second/README.md": SECOND_TEXT,
    "chapters/02-second/exercises/louder/README.md": "# Louder\n\nMake it louder.\n",
    "chapters/02-second/exercises/louder/test_louder.py": TEST_LOUDER,
    "chapters/02-second/exercises/louder/hint.md": "Turn it up.\n",
    "test/ch01_first/test_first.py": chapter_test("first"),
    "test/ch02_second/test_second.py": chapter_test("second"),
}
