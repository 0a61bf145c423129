"""Virtual environments of checkpoints: made by uv, and cached by their content.

The environment of a checkpoint depends on its requirement files and on the Python. One
is made for each such combination and shared by everybody, also by two runs at a time.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError
from course.locks import file_lock
from course.run import processes
from course.run.installing import uv_variables
from course.run.interpreters import Interpreter, interpreter, uv_program
from course.run.linking import link_packages
from course.source.requirements import (
    PINS,
    REQUIREMENT_FILES,
    is_installed_from,
    without_paths,
)
from course.tree import File, Tree, digest, read_file, write_folder

MAX_ENVIRONMENTS, UNUSED_DAYS, IN_USE_SECONDS = 64, 30, 6 * 3600
_TIMEOUT_SECONDS = 600.0  # for one uv command; a slow network is no error
_RECIPE = "4"  # part of the key: raise it when environments are made in another way


# Read at each start of Python. Checks start programs by the thousand; a third of their
# processor time went into collecting garbage at their imports and, repeatedly, at their
# end. Once at the end is needed: what is collected then may still use its modules.
_LESS_COLLECTING = """\
import atexit, gc; gc.set_threshold(50_000, 20, 50); \
atexit.register(gc.freeze); atexit.register(gc.collect)
"""


class EnvironmentFailed(CourseError):
    """An environment could not be made; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that an environment is made from: a Python and the requirement files."""

    python: Interpreter
    files: Tree

    @property
    def key(self) -> str:
        """The name of the environment's folder, and its part in the keys of results."""
        python = f"{self.python.version} {self.python.path}"
        return digest(self.files, python, _RECIPE)[:24]


def recipe(tree: Tree, python: str | None = None, *, latest: bool = False) -> Recipe:
    """Return what the environment of a checkpoint is made from.

    With latest, the newest versions which the ranges allow are resolved (over the
    network) and replace the tree's constraints.
    """
    chosen = interpreter(python)
    files = {path: file for path, file in tree.items() if is_installed_from(path)}
    return Recipe(chosen, _newest(files, chosen) if latest else files)


def environment(
    tree: Tree,
    python: str | None = None,
    latest: bool = False,
    cache: Path | None = None,
) -> Path:
    """Return a shared, read-only environment for a checkpoint, made where missing.

    cache is the folder of all environments, by default the repository's.
    """
    return get_or_create(recipe(tree, python, latest=latest), cache)


def get_or_create(wanted: Recipe, cache: Path | None = None) -> Path:
    """Return the environment of a recipe, made once; a half-made one is made again."""
    folder = _default_cache() if cache is None else cache
    folder.mkdir(parents=True, exist_ok=True)
    venv = folder / wanted.key
    complete = venv / "complete"
    with file_lock(folder / f"{wanted.key}.lock") as lock:
        if complete.is_file():
            os.utime(complete)
            return venv
        shutil.rmtree(venv, ignore_errors=True)
        _create_and_fill(wanted.files, venv, wanted.python, lock)
        _collect_less(venv)
        complete.touch()
    _prune(folder)
    return venv


def create(tree: Tree, folder: Path, python: str | None = None) -> Path:
    """Make an environment of one's own, with pip, holding what tree asks for."""
    files = recipe(tree, python).files
    _create_and_fill(files, folder, interpreter(python), None)
    return folder


def create_by_links(
    tree: Tree, folder: Path, python: str | None = None, cache: Path | None = None
) -> Path:
    """Make an environment of one's own by links from the one that all runs share."""
    wanted = recipe(tree, python)
    prepared = get_or_create(wanted, cache)
    _create_empty(folder, wanted.python, ())
    link_packages(prepared, folder)
    _collect_less(folder)
    return folder


def _create_and_fill(
    files: Tree, venv: Path, python: Interpreter, lock: int | None
) -> None:
    """Create and fill an environment; uv itself holds the lock, should we be killed."""
    fds = () if lock is None else (lock,)
    venv.parent.mkdir(parents=True, exist_ok=True)
    _create_empty(venv, python, fds)
    wanted = [
        part for name in REQUIREMENT_FILES if name in files for part in ("-r", name)
    ]
    if wanted:
        with tempfile.TemporaryDirectory(prefix="course-environment-") as name:
            write_folder(files, Path(name))
            target = venv / "bin" / "python"
            # Compiled once here, not by each of the thousand programs that follow.
            command: list[str | Path] = ["pip", "install", "--compile-bytecode"]
            command += ["--python", target, *wanted]
            _uv(command, Path(name), fds=fds)


def _create_empty(venv: Path, python: Interpreter, fds: tuple[int, ...]) -> None:
    """Create an empty environment with pip: uv's, or without a network Python's own."""
    try:
        _uv(["venv", "--seed", "--python", python.path, venv], venv.parent, fds=fds)
    except EnvironmentFailed:
        _uv(["venv", "--python", python.path, venv], venv.parent, fds=fds)
        command: list[str | Path] = [venv / "bin" / "python"]
        command += ["-m", "ensurepip", "--default-pip"]
        done = processes.run(command, venv, seconds=_TIMEOUT_SECONDS, pass_fds=fds)
        if not done.ok:
            shutil.rmtree(venv, ignore_errors=True)
            raise


def _collect_less(venv: Path) -> None:
    """Have programs of an environment that checks use collect garbage seldom."""
    for packages in venv.glob("lib/python*/site-packages"):
        (packages / "course_checks.pth").write_text(_LESS_COLLECTING, "utf-8")


def _newest(files: Tree, python: Interpreter) -> Tree:
    """Replace the constraints by the newest versions that the ranges allow."""
    wanted = [path for path in REQUIREMENT_FILES if path in files]
    if not wanted:
        return files
    with tempfile.TemporaryDirectory(prefix="course-latest-") as name:
        folder = Path(name)
        write_folder({**files, PINS: File(b"")}, folder)
        flags = ["--no-header", "--no-annotate", "--quiet", "-o", "resolved.txt"]
        command: list[str | Path] = [
            "pip",
            "compile",
            *flags,
            "--python",
            python.path,
            *wanted,
        ]
        _uv(command, folder, cached=False)
        resolved = read_file(folder / "resolved.txt") or File(b"")
    return {**files, PINS: File(without_paths(resolved.data))}


def _uv(
    command: Sequence[str | Path],
    folder: Path,
    *,
    fds: tuple[int, ...] = (),
    cached: bool = True,
) -> None:
    """Run uv, first from its cache alone where `cached`; a failure is one line."""
    try:
        with uv_variables() as followed:
            env = followed | {"UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
            env.setdefault("UV_HTTP_RETRIES", "1")
            for more in [["--offline"], []] if cached else [[]]:
                done = processes.run(
                    [uv_program(), "--no-progress", *command, *more],
                    folder,
                    seconds=_TIMEOUT_SECONDS,
                    env=env,
                    pass_fds=fds,
                )
                if done.ok:
                    return
                if more and command[0] == "venv":
                    shutil.rmtree(command[-1], ignore_errors=True)  # without pip
    except ValueError as error:
        raise EnvironmentFailed(f"no environment: {error}") from None
    raise EnvironmentFailed(_explain(done.output, done.timed_out))


def _explain(output: str, timed_out: bool) -> str:
    """Say in one line why uv failed: what could not be fetched, or its own reason."""
    if timed_out:
        return f"no environment: uv took longer than {_TIMEOUT_SECONDS:.0f} s"
    unreached = re.search(
        r"(?:Failed to (?:fetch|download)|error sending request)"
        r"[^\n`(]*[`(]([^`)]+)[`)]",
        output,
    )
    if unreached:
        name = unreached[1].partition("#")[0].rstrip("/").rpartition("/")[2]
        return f"no environment: {name} could not be fetched; is there a network?"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    causes = [re.sub(r"^cause: ", "", line) for line in lines if "cause:" in line]
    reason = causes[0] if causes else (lines[0] if lines else "uv said nothing")
    return f"no environment: {re.sub(r'^error: ', '', reason)}"


def _default_cache() -> Path:
    from course.git.repository import Repository

    return Repository.find().tool_folder / "environments"


def _prune(folder: Path) -> None:
    """Remove environments not asked for in a month, and those that are too many."""
    now = time.time()
    folders = [marker.parent for marker in folder.glob("*/complete")]
    used = sorted(((_last_used(one), one) for one in folders), reverse=True)
    for number, (when, old) in enumerate(used):
        too_many = number >= MAX_ENVIRONMENTS and now - when > IN_USE_SECONDS
        if too_many or now - when > UNUSED_DAYS * 86400:
            with file_lock(folder / f"{old.name}.lock"):
                if _last_used(old) != when:
                    continue  # somebody has just asked for it
                (old / "complete").unlink(missing_ok=True)
                shutil.rmtree(old, ignore_errors=True)


def _last_used(venv: Path) -> float:
    """Return when an environment was last asked for; 0 for one that is gone."""
    try:
        return (venv / "complete").stat().st_mtime
    except OSError:
        return 0.0
