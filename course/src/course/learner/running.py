"""Run programs for the learner at their terminal: in their tree, or in a checkpoint."""

import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from course.errors import UsageError
from course.git.repository import Repository
from course.learner.clone import Clone, display_path
from course.run.ports import first_free
from course.run.processes import activated
from course.source.requirements import REQUIREMENT_FILES
from course.terminal import display_tool
from course.tree import Tree, digest, write_atomically, write_folder

PORTS = range(5000, 5100)


def own_python(root: Path) -> Path:
    """Return the Python of a work tree's `.venv`, or of the environment that is active.

    Raises UsageError where there is neither.
    """
    active = os.environ.get("VIRTUAL_ENV")
    for venv in [root / ".venv", *([Path(active)] if active else [])]:
        python = venv / "bin" / "python"
        if os.access(python, os.X_OK):
            return python
    raise UsageError(
        f"there is no environment {display_path(root / '.venv')} yet: step 1 of "
        f"chapter 1 makes it, in later chapters `{display_tool()} start N` does"
    )


def moved_environment(root: Path) -> str | None:
    """Say what to type where a work tree's `.venv` was made in another place.

    Its programs and `activate` lead to where it was made. None where all is well.
    """
    venv = root / ".venv"
    try:
        first, second = (venv / "bin" / "pip").read_bytes().split(b"\n")[:2]
    except (OSError, ValueError):
        return None
    python = os.fsdecode(first.removeprefix(b"#!"))
    if python == "/bin/sh":  # a long path, or one with a space
        python = [*shlex.split(os.fsdecode(second)), ""][1]
    made_in = Path(python).parent.parent
    if not made_in.is_absolute() or (made_in.is_dir() and made_in.samefile(venv)):
        return None
    wanted = [f"-r {name}" for name in REQUIREMENT_FILES if (root / name).is_file()]
    steps = [] if root == Path.cwd() else [f"cd {display_path(root)}"]
    steps.append("python3 -m venv --clear .venv")
    if wanted:
        steps.append(f".venv/bin/python -m pip install {' '.join(wanted)}")
    return (
        f"{display_path(venv)} was made in another place, to which its programs lead; "
        f"make it again: {' && '.join(steps)}"
    )


def checkpoint_python(repository: Repository, tree: Tree) -> Path:
    """Return the Python of a checkpoint's shared environment; make it where missing."""
    from course.run.environments import environment

    cache = repository.tool_folder / "environments"
    return environment(tree, cache=cache) / "bin" / "python"


def run_pytest(folder: Path, python: Path, arguments: Sequence[str]) -> bool:
    """Run pytest in folder, on our own terminal; return whether all tests passed."""
    command = [str(python), "-m", "pytest", *arguments]
    done = subprocess.run(command, cwd=folder, env=activated(python), check=False)
    return done.returncode == 0


def exec_python(folder: Path, python: Path, arguments: Sequence[str]) -> NoReturn:
    """Replace this process by `python ARGUMENTS`, running in folder."""
    os.chdir(folder)
    os.execve(python, [str(python), *arguments], activated(python))  # noqa: S606


def checkpoint_command(clone: Clone, number: int, port: int | None) -> list[str]:
    """Return the arguments with which Python starts checkpoint `number`.

    Without a port, the first free one from 5000. Raises UsageError for a port where
    the checkpoint is a program that has none.
    """
    start = clone.course.start(number)
    command = list(start.command) if start else ["python", "run.py"]
    if not any("{port}" in word for word in command):
        if port is not None:
            raise UsageError(f"checkpoint {number} is no server: leave out --port")
        return command[1:]
    if port is None and (port := first_free(PORTS)) is None:
        raise UsageError("ports 5000 to 5099 are all taken: name one with --port")
    chosen = str(port)
    return [word.replace("{port}", chosen) for word in command[1:]]


def write_checkpoint(tree: Tree, folder: Path) -> None:
    """Write a checkpoint into a folder that stays; what its app made there stays."""
    note = folder.with_name(f"{folder.name}.json")
    key = digest(tree)
    digest_before, paths = _last_written(note)
    if digest_before == key and folder.is_dir():
        return
    for path in paths:
        (folder / path).unlink(missing_ok=True)
    write_folder(tree, folder)
    write_atomically(note, json.dumps({"digest": key, "paths": sorted(tree)}).encode())


def _last_written(note: Path) -> tuple[str, list[str]]:
    """Read which tree was written last, and its paths; empty if the file is broken."""
    try:
        noted = json.loads(note.read_bytes())
        return str(noted["digest"]), [str(path) for path in noted["paths"]]
    except (OSError, ValueError, KeyError, TypeError):
        return "", []
