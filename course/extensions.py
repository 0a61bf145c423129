"""Run the tests of our own packages in `extensions/`, unless they held before.

They start and kill real servers, which takes a minute: what held for the same content,
pins, interpreter and programs is not run again. Results lie where those of `course
verify` do.
"""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from course.errors import CourseError
from course.git.repository import Repository
from course.run.testing import TESTS_TIMEOUT_SECONDS
from course.tree import Tree, read_paths
from course.verify import real_parts
from course.verify.results import Digests, Results, Verdict, key_of
from course.verify.verification import shared_folder

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = ("__pycache__", ".hypothesis", ".pytest_cache")
COMMAND = [sys.executable, "-m", "pytest", "--quiet", "--numprocesses", "auto"]


def main() -> int:
    """Run what did not hold before; return the exit code."""
    results = Results(results_folder())
    folders = sorted(path.parent for path in ROOT.glob("extensions/*/pyproject.toml"))
    failed = [folder for folder in folders if not holds(folder, results)]
    return 1 if failed else 0


def results_folder() -> Path:
    """Return where results are kept; a copy without git keeps them in itself."""
    try:
        return shared_folder(Repository.find()) / "results"
    except CourseError:
        return ROOT / ".venv" / "results"


def holds(folder: Path, results: Results) -> bool:
    """Tell whether the tests of a package hold, and say so."""
    key = key_of("extension", *depends_on(folder))
    if results.get(key):
        print(f"{folder.name}: its tests held before")
        return True
    began = time.monotonic()
    try:
        done = subprocess.run(COMMAND, cwd=folder, timeout=TESTS_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"{folder.name}: its tests took over {TESTS_TIMEOUT_SECONDS:.0f} s")
        return False
    seconds = time.monotonic() - began
    results.put(key, Verdict(done.returncode == 0, "passed", wall_seconds=seconds))
    return done.returncode == 0


def depends_on(folder: Path) -> list[object]:
    """List what a result depends on; some tests run as root alone, or where told to."""
    digest = Digests().of(files(folder))
    python = [sys.implementation.name, platform.python_version(), os.geteuid() == 0]
    told = os.environ.get("REAL_PARTS", "")
    pins = (ROOT / "constraints.txt").read_text()
    return [folder.name, digest, python, told, pins, real_parts.versions()]


def files(folder: Path) -> Tree:
    """Read the files of a package, without what its tests leave behind."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    kept = [path for path in found if not set(path.parts) & set(LEFT_OUT)]
    return read_paths(folder, sorted(map(str, kept)))


if __name__ == "__main__":
    sys.exit(main())
