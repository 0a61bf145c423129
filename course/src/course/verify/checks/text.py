"""The *text* step: the text, typed and run, ends at exactly the checkpoint."""

import re
import sys
from pathlib import Path

from course.run import processes
from course.run.environments import recipe
from course.tree import File
from course.verify.checkpoints import Checkpoints, below
from course.verify.results import Verdict

_TESTS = re.compile(r", tests ([\d. +]+) s$")
TIMEOUT_SECONDS = 3600.0  # for a chapter; each of its commands has its own


def key(checkpoints: Checkpoints, number: int) -> list[object]:
    """Return what the result depends on: both codes, the first environment, its text.

    The app serves earlier texts, too, and outputs of this one may list their headings.
    """
    own = below(checkpoints.source.tree, checkpoints.course.chapter(number).folder)
    texts = below(checkpoints.tree(number), "chapters")
    headings = [line for path in sorted(texts) for line in _headings(path, texts[path])]
    codes = [checkpoints.code_key(number), checkpoints.code_key(number - 1)]
    return [
        *codes,
        checkpoints.digests.of(own),
        headings,
        recipe(checkpoints.tree(number - 1), checkpoints.python).key,
    ]


def _headings(path: str, file: File) -> list[str]:
    """Return the first heading of a text of any chapter, under its path."""
    if not path.endswith(".md") or "/exercises/" in path:
        return []
    first = (line for line in file.data.split(b"\n") if line.startswith(b"# "))
    return [path, next(first, b"").decode("utf-8", "replace")]


def check(checkpoints: Checkpoints, number: int) -> Verdict:
    """Type the text in a program of its own, which an interrupt can end."""
    folder = checkpoints.write(checkpoints.source.tree)
    python = checkpoints.recipe(number).python.path
    program = [sys.executable, "-P", "-m", "course.text"]
    command = [*program, folder, number, python, checkpoints.environments]
    package = Path(__file__).parents[3]
    env = processes.clean_environment(PYTHONPATH=str(package))
    done = processes.run(command, folder, seconds=TIMEOUT_SECONDS, env=env)
    if done.ok:
        return Verdict(True, done.output.strip())
    summary = (
        f"took longer than {TIMEOUT_SECONDS:.0f} s"
        if done.timed_out
        else "does not hold"
    )
    return Verdict(False, summary, done.output)


def test_seconds(verdict: Verdict | None) -> dict[int, float]:
    """Return by part how long the test runs took, as a verdict's summary says."""
    match = _TESTS.search(verdict.summary) if verdict else None
    numbers = match[1].split(" + ") if match else []
    return {part: float(number) for part, number in enumerate(numbers, start=1)}
