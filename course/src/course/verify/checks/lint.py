"""The *lint* step: formatted, clean and compiling, by the checkpoint's own settings."""

import sys
from pathlib import Path

from course.run import processes
from course.verify.checkpoints import Checkpoints, below
from course.verify.results import Verdict

TIMEOUT_SECONDS = 600.0  # after which a program hangs


def key(checkpoints: Checkpoints, number: int) -> list[object]:
    """Return what the result depends on; ruff reads the chapter's own folder, too."""
    folder = checkpoints.course.chapter(number).folder
    own = checkpoints.digests.of(below(checkpoints.tree(number), folder))
    return [
        checkpoints.code_key(number),
        own,
        checkpoints.recipe(number).python.version,
    ]


def check(checkpoints: Checkpoints, number: int) -> Verdict:
    """Run the formatter, the linter and the compiler."""
    own = below(checkpoints.tree(number), checkpoints.course.chapter(number).folder)
    folder = checkpoints.write({**checkpoints.code(number), **own})
    found = faults(folder)
    python = checkpoints.recipe(number).python.path
    command = [python, "-m", "compileall", "-q", "."]
    compiled = processes.run(command, folder, seconds=TIMEOUT_SECONDS)
    if not compiled.ok:
        found.append(f"python -m compileall:\n{compiled.output}")
    words = f"{len(found)} of 3 complain" if found else "clean"
    return Verdict(not found, words, "\n".join(found))


def undefined_name(folder: Path) -> str:
    """Say where code uses a name that nothing defines; empty where nothing does."""
    ruff: list[str | Path] = [sys.executable, "-m", "ruff", "check", "--no-cache"]
    options = ["--select", "F821", "--output-format", "concise", "--quiet"]
    done = processes.run([*ruff, *options, "."], folder, seconds=TIMEOUT_SECONDS)
    return "" if done.ok else done.output.splitlines()[0]


def faults(folder: Path) -> list[str]:
    """Run ruff's formatter and linter on a folder; return what each complains of."""
    found = []
    for command in (["format", "--check", "--diff"], ["check"]):
        ruff: list[str | Path] = [sys.executable, "-m", "ruff", *command]
        done = processes.run(
            [*ruff, "--no-cache", "."], folder, seconds=TIMEOUT_SECONDS
        )
        if not done.ok:
            found.append(f"ruff {command[0]}:\n{done.output}")
    return found
