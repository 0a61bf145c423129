"""Time what a reader and an author wait for, in a fresh clone of this repository.

Prints seconds, and each as a multiple of starting Python alone in the same run. Warm
the package cache first, by a `make setup`. `--verify` adds the verification from
nothing, which takes minutes.

    .venv/bin/python benchmarks/commands.py [--verify]
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 600  # seconds for any one command
REPEATS = 5  # of what takes less than a second; the median is printed
COURSE = ".venv/bin/course"


def main() -> int:
    """Clone, time every command, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--verify", action="store_true", help="verify from nothing too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lectern-benchmark-") as name:
        clone = Path(name) / "lectern"
        git = ["git", "clone", "--quiet", "--no-local", str(ROOT), str(clone)]
        subprocess.run(git, check=True)
        unit = median(lambda: run([sys.executable, "-c", "pass"], clone))
        print(f"{'what':<44} seconds  x Python's start")
        for what, seconds in figures(clone, options.verify):
            print(f"{what:<44} {seconds:7.2f}  {seconds / unit:7.0f}", flush=True)
    return 0


def figures(clone: Path, verify: bool) -> Iterator[tuple[str, float]]:
    """Yield each figure when it is measured: what, and seconds."""
    yield "first `make run`, until it answers", until_it_answers(clone)
    yield "second `make run`, until it answers", until_it_answers(clone)
    yield "`course status`", median(lambda: run([COURSE, "status"], clone))
    forget(clone)
    yield "`course branches`, from nothing", run([COURSE, "branches"], clone)
    branches = median(lambda: run([COURSE, "branches"], clone))
    yield "`course branches`, nothing changed", branches
    if verify:
        shutil.rmtree(clone / ".git" / "course", ignore_errors=True)
        yield "`course verify`, from nothing", run([COURSE, "verify"], clone)
        again = median(lambda: run([COURSE, "verify"], clone))
        yield "`course verify`, nothing changed", again


def run(command: list[str], folder: Path) -> float:
    """Run a command to its end; return how many seconds it took."""
    begin = time.perf_counter()
    subprocess.run(
        command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=LIMIT
    )
    return time.perf_counter() - begin


def median(measure: Callable[[], float]) -> float:
    """Measure a few times; return the middle."""
    return sorted(measure() for _ in range(REPEATS))[REPEATS // 2]


def until_it_answers(clone: Path) -> float:
    """Start `make run`, ask it on loopback until it answers, end it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    begin = time.perf_counter()
    child = subprocess.Popen(
        ["make", "run", f"PORT={port}"],
        cwd=clone,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not answers(port):
            if child.poll() is not None or time.perf_counter() - begin > LIMIT:
                raise SystemExit("benchmark: `make run` does not come up")
            time.sleep(0.02)
        return time.perf_counter() - begin
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(timeout=10)


def answers(port: int) -> bool:
    """Tell whether the reading room answers there."""
    try:
        direct = build_opener(ProxyHandler({}))
        with direct.open(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def forget(clone: Path) -> None:
    """Remove the chapter branches of the clone, ours alone."""
    listed = ["git", "for-each-ref", "--format=delete %(refname)"]
    refs = ["refs/heads/chapter-*", "refs/course", "refs/remotes/origin/chapter-*"]
    lines = subprocess.run(
        [*listed, *refs], cwd=clone, check=True, capture_output=True
    ).stdout
    update = ["git", "update-ref", "--stdin"]
    subprocess.run(update, cwd=clone, input=lines, check=True)


if __name__ == "__main__":
    sys.exit(main())
