"""Find a Python by version or path: on PATH, among pyenv's versions, among uv's."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from course.errors import UsageError
from course.run.processes import clean_environment

OLDEST = (3, 11)
_PROBE = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)"
# Python 3.11 lets other threads read sysconfig's table while the first still fills it.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that runs: its path, links followed, and its full version."""

    path: Path
    version: str

    def fits(self, wanted: str) -> bool:
        """Whether this is the wanted version: `3.13` fits 3.13.0, not 3.1."""
        return f"{self.version}.".startswith(f"{wanted}.")


def interpreter(python: str | None = None) -> Interpreter:
    """Return the Python of a version (`3.13`) or path; by default the one that runs us.

    Raises UsageError, naming those found, where there is none.
    """
    ours = Interpreter(
        Path(sys.executable).resolve(), "{}.{}.{}".format(*sys.version_info[:3])
    )
    if python is None or ours.fits(python):
        return ours
    if os.sep in python:
        found = probe(Path(python))
        if found is None:
            raise UsageError(f"{python} is not a working Python interpreter")
        return _new_enough(found)
    if not re.fullmatch(r"\d+(\.\d+){0,2}", python):
        raise UsageError(f"--python takes a version such as 3.13, or a path: {python}")
    for candidate in _candidates(python):
        found = probe(candidate)
        if found is not None and found.fits(python):
            return _new_enough(found)
    known = ", ".join(sorted({one.version for one in [ours, *installed()]}, key=_order))
    raise UsageError(f"there is no Python {python} here; found: {known}")


def installed() -> list[Interpreter]:
    """Every Python of a version that the course can use, oldest first."""
    found = {probe(candidate) for candidate in _candidates("3")}
    fit = {one for one in found if one is not None and _order(one.version) >= OLDEST}
    return sorted(fit, key=lambda one: _order(one.version))


@cache
def probe(path: Path) -> Interpreter | None:
    """Ask a Python for its version; None where it fails, as pyenv's shims may."""
    try:
        answer = subprocess.run(
            [path, "-I", "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=20,
            env=clean_environment(),
            check=True,
        ).stdout.splitlines()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    if len(answer) != 2 or not answer[1]:
        return None
    return Interpreter(Path(answer[1]).resolve(), answer[0])


def uv_program() -> Path:
    """Return uv: the one installed with the tool, else the one on PATH."""
    try:
        from uv import find_uv_bin

        with _one_at_a_time:
            return Path(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise UsageError("uv is missing: run `make setup` again")
    return Path(found)


def _candidates(version: str) -> Iterator[Path]:
    """Paths at which a Python of this version may be, the likeliest first."""
    minor = ".".join(version.split(".")[:2])
    names = [f"python{minor}", "python3", "python"]
    names += [f"python3.{number}" for number in range(OLDEST[1], 20) if minor == "3"]
    for name in names:
        for folder in os.get_exec_path():
            if os.access(os.path.join(folder, name), os.X_OK):
                yield Path(folder, name)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    pyenv = root.glob(f"versions/{version}*/bin/python3")
    yield from sorted(pyenv, key=lambda path: _order(path.parts[-3]), reverse=True)
    command: list[str | Path] = [
        uv_program(),
        "python",
        "find",
        "--system",
        "--no-project",
        version,
    ]
    environment = clean_environment(UV_PYTHON_DOWNLOADS="never")
    asked = subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False
    )
    if asked.returncode == 0:
        yield Path(asked.stdout.strip())


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _new_enough(found: Interpreter) -> Interpreter:
    if _order(found.version) < OLDEST:
        raise UsageError(
            f"{found.path} is Python {found.version}; the course needs "
            f"{OLDEST[0]}.{OLDEST[1]} or newer"
        )
    return found
