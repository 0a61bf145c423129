"""The *start* step: a checkpoint starts, then answers or prints as it should."""

import http.client
import subprocess
import tempfile
import time
from pathlib import Path

from course.run import processes
from course.run.ports import ADDRESS, free_port
from course.source.manifest import Start
from course.verify.checkpoints import Checkpoints
from course.verify.results import Verdict

TIMEOUT_SECONDS = 120.0  # until a server answers, or a program has ended


def key(checkpoints: Checkpoints, number: int) -> list[object]:
    """Return what the result depends on: the code and the manifest's `[start]`."""
    start = checkpoints.course.start(number)
    wanted = [start.command, dict(start.answers), start.prints] if start else None
    return [checkpoints.code_key(number), checkpoints.recipe(number).key, wanted]


def check(checkpoints: Checkpoints, number: int) -> Verdict:
    """Start the checkpoint in a folder of its own, and end it again."""
    start = checkpoints.course.start(number)
    if start is None:
        return Verdict(True, "has nothing to start", applies=False)
    python = checkpoints.interpreter(number)
    folder = checkpoints.write(checkpoints.tree(number))
    if start.answers:
        return _serve(start, python, folder)
    done = processes.run(
        _command(start, python, 0),
        folder,
        seconds=TIMEOUT_SECONDS,
        env=processes.activated(python, PYTHONUNBUFFERED="1"),
    )
    if done.timed_out:
        return Verdict(False, f"ran longer than {TIMEOUT_SECONDS:.0f} s", done.output)
    if not done.ok:
        return Verdict(False, f"ended with {done.code}", done.output)
    if start.prints is not None and start.prints not in done.output:
        detail = f"it does not print `{start.prints}` but:\n{done.output}"
        return Verdict(False, f"does not print {start.prints}", detail)
    return Verdict(True, "prints as the manifest says")


def _serve(start: Start, python: Path, folder: Path) -> Verdict:
    """Start a server on a free port and ask each path, until the time is over."""
    port = free_port()
    with tempfile.TemporaryFile() as output:
        child = processes.begin(
            _command(start, python, port),
            folder,
            env=processes.activated(python, PYTHONUNBUFFERED="1"),
            output=output.fileno(),
        )
        try:
            wrong = _ask_all(child, port, start)
        finally:
            processes.end(child, patience=3.0)
        output.seek(0)
        printed = output.read().decode("utf-8", "replace")
    if wrong:
        return Verdict(False, wrong, f"{wrong}\nIt printed:\n{printed}")
    return Verdict(True, f"{len(start.answers)} paths answer")


def _ask_all(child: "subprocess.Popen[bytes]", port: int, start: Start) -> str:
    """Ask every path; say what is wrong, or nothing."""
    end = time.monotonic() + TIMEOUT_SECONDS
    for path, wanted in start.answers.items():
        got = ask(port, path)
        while got is None and child.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
            got = ask(port, path)
        if got is None and child.poll() is not None:
            return f"the server ended with {child.returncode}"
        if got is None:
            return f"{path} does not answer within {TIMEOUT_SECONDS:.0f} s"
        if got != wanted:
            return f"{path} answers {got}, not {wanted}"
    return ""


def ask(port: int, path: str) -> int | None:
    """GET a path on this machine; its status, or None where nobody answers."""
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _command(start: Start, python: Path, port: int) -> list[str | Path]:
    """Fill the manifest's command in: the port, and the environment's Python."""
    words: list[str | Path] = [
        word.replace("{port}", str(port)) for word in start.command
    ]
    return [python, *words[1:]] if words[0] in ("python", "python3") else words
