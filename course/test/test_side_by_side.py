"""Commands side by side: all run, each is shown whole, and a failure counts."""

import os
import pty
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "side_by_side.py"


def python(code: str) -> str:
    """Write a command that runs code."""
    return shlex.join([sys.executable, "-c", code])


def start(*commands: str) -> "subprocess.Popen[str]":
    """Run commands side by side, in a group of their own as in a terminal."""
    return subprocess.Popen(
        [sys.executable, SCRIPT, *commands],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_they_run_at_once_and_each_is_shown_whole(tmp_path: Path) -> None:
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)  # who opens it waits for the other one
    say = "print({0!r}, flush=True); open({1!r}, {2!r}).close(); print({0!r})"
    one, two = (
        python(say.format(*of)) for of in (("one", pipe, "r"), ("two", pipe, "w"))
    )
    running = start(one, two)
    printed = running.communicate(timeout=120)[0]
    assert running.returncode == 0
    words = [line for line in printed.splitlines() if line in ("one", "two")]
    assert words in (["one", "one", "two", "two"], ["two", "two", "one", "one"])


def test_a_terminal_is_told_how_many_still_run(tmp_path: Path) -> None:
    pipe, (ours, its) = tmp_path / "pipe", pty.openpty()
    os.mkfifo(pipe)
    command = [sys.executable, SCRIPT, python(f"open({str(pipe)!r}).close()")]
    running, seen = subprocess.Popen(command, stdout=its, start_new_session=True), b""
    while b"1 of 1 still run, after 0 s" not in seen:
        seen += os.read(ours, 1024)
    pipe.open("w").close()
    assert running.wait(120) == 0
    os.close(ours)
    os.close(its)


@pytest.mark.parametrize("codes", [(0, 1), (2, 0), (0, -9)])
def test_one_that_fails_is_a_failure_of_all(codes: tuple[int, int]) -> None:
    ends = "import os; os._exit({0}) if {0} >= 0 else os.kill(os.getpid(), -{0})"
    running = start(*(python(ends.format(code)) for code in codes))
    running.communicate(timeout=120)
    assert running.returncode == 1


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_signal_ends_all(tmp_path: Path, number: signal.Signals, code: int) -> None:
    pipes = [tmp_path / "one", tmp_path / "two"]
    waits = "print('said', flush=True); open({0!r}, 'w').close(); open({0!r})"
    for pipe in pipes:
        os.mkfifo(pipe)
    running = start(*(python(waits.format(str(pipe))) for pipe in pipes))
    assert running.stdout
    with running:
        for pipe in pipes:
            assert pipe.read_text() == ""  # it has begun
        if number == signal.SIGINT:  # from a terminal, all get it
            os.killpg(running.pid, number)
        else:
            running.send_signal(number)
        assert running.wait(120) == code
        assert running.stdout.read().splitlines().count("said") == 2
