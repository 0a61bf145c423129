"""Run programs that must not outlive us: each in a group of its own, with a limit."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from course.run.installing import follows

OUTPUT_TIMEOUT_SECONDS = 2.0  # to read what a killed program had printed
_live: set[int] = set()
_usage = threading.local()
_lock = threading.Lock()
_stopped = threading.Event()
_LOOPBACK = "127.0.0.1,localhost,::1"


class Stopped(BaseException):
    """Everything is being ended (Ctrl-C): a worker must not begin another program."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: its exit code, its output, whether it ran too long."""

    code: int
    output: str
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """It ended by itself and with success."""
        return self.code == 0 and not self.timed_out


class _Program(subprocess.Popen[bytes]):
    """A program whose processor time is added to what its thread has used."""

    def _try_wait(self, flags: int) -> tuple[int, int]:
        """Wait as Popen does, and read what the system says the program has used."""
        try:
            pid, status, used = os.wait4(self.pid, flags)
        except ChildProcessError:
            return self.pid, 0  # somebody else has waited for it
        if pid:
            _usage.seconds = cpu_seconds() + used.ru_utime + used.ru_stime
        return pid, status


def cpu_seconds() -> float:
    """Return the processor time of the programs that this thread has seen to the end.

    What these programs started counts where they waited for it, as shells do.
    """
    seconds: float = getattr(_usage, "seconds", 0.0)
    return seconds


def count_cpu(seconds: float) -> None:
    """Add processor time to what this thread's programs have used."""
    _usage.seconds = cpu_seconds() + seconds


def check_stopped() -> None:
    """Raise Stopped after `end_all`."""
    if _stopped.is_set():
        raise Stopped


def clean_environment(**more: str) -> dict[str, str]:
    """Our environment variables without those that lead into another environment."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if follows(name) and not name.startswith(("PYTEST_", "COVERAGE_"))
    }
    return variables | direct_loopback(variables) | more


def direct_loopback(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what has programs ask no proxy for this machine's own servers.

    Added to `variables`, it keeps the exceptions that are named there. Some programs
    read one spelling, some the other, and `*` is an exception only when alone.
    """
    named = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
    value = (
        named if named.strip() == "*" else ",".join(filter(None, (named, _LOOPBACK)))
    )
    return {"no_proxy": value, "NO_PROXY": value}


def activated(python: Path, **more: str) -> dict[str, str]:
    """Return the variables of a shell in which python's environment is activated."""
    path = os.pathsep.join([str(python.parent), search_path()])
    return clean_environment(PATH=path, VIRTUAL_ENV=str(python.parent.parent), **more)


def search_path() -> str:
    """Return PATH without the folder of our own `.venv`."""
    ours = {os.path.join(os.environ.get("VIRTUAL_ENV", sys.prefix), "bin")}
    return os.pathsep.join(path for path in os.get_exec_path() if path not in ours)


def run(
    command: Sequence[object],
    folder: Path,
    *,
    seconds: float,
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> Finished:
    """Run command in folder, both streams in one text; its group ends after `seconds`.

    Raises OSError where the program cannot be started, Stopped after `end_all`.
    """
    child = begin(command, folder, env=env, pass_fds=pass_fds)
    try:
        data, _ = child.communicate(timeout=seconds)
        code, timed_out = child.returncode, False
    except subprocess.TimeoutExpired:
        kill(child.pid)
        data = _remaining_output(child)
        code, timed_out = child.returncode, True
    finally:
        end(child)
    check_stopped()
    return Finished(code, data.decode("utf-8", "replace"), timed_out)


def _remaining_output(child: subprocess.Popen[bytes]) -> bytes:
    """Read what a killed program printed; its daemon may hold the pipe open."""
    try:
        return child.communicate(timeout=OUTPUT_TIMEOUT_SECONDS)[0]
    except subprocess.TimeoutExpired as late:
        return late.output or b""


def begin(
    command: Sequence[object],
    folder: Path,
    *,
    env: Mapping[str, str] | None = None,
    output: int = subprocess.PIPE,
    pass_fds: Sequence[int] = (),
    counted: bool = True,
) -> subprocess.Popen[bytes]:
    """Start command in a group of its own, known to `end_all`; `end` it when done.

    Where it is not counted, the caller says what it has used, by `count_cpu`.
    """
    program = _Program if counted else subprocess.Popen
    with _lock:
        check_stopped()
        child = program(
            [str(part) for part in command],
            cwd=folder,
            env=clean_environment() if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=pass_fds,
        )
        _live.add(child.pid)
        _tell_guardian(f"+{child.pid}")
    return child


def end(child: subprocess.Popen[bytes], patience: float = 0.0) -> None:
    """End the program and all that it started; `patience` seconds to end by itself."""
    if patience and child.poll() is None:
        _signal(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
    kill(child.pid)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()
    with _lock:
        _live.discard(child.pid)
        _tell_guardian(f"-{child.pid}")


def end_all() -> None:
    """Kill every program that runs, and let no other begin: for Ctrl-C."""
    with _lock:
        _stopped.set()
        for group in _live:
            kill(group)


@contextlib.contextmanager
def known(group: int) -> Iterator[None]:
    """Have `end_all` and the guardian end a group that one of our programs began."""
    with _lock:
        _live.add(group)
        _tell_guardian(f"+{group}")
    try:
        yield
    finally:
        with _lock:
            _live.discard(group)
            _tell_guardian(f"-{group}")


@contextlib.contextmanager
def removed_if_killed(folder: Path) -> Iterator[None]:
    """Have the guardian remove a temporary folder if this run is killed meanwhile."""
    with _lock:
        _tell_guardian(f"+{folder.absolute()}")
    try:
        yield
    finally:
        with _lock:
            _tell_guardian(f"-{folder.absolute()}")


@cache
def _guardian() -> "subprocess.Popen[bytes]":
    """Start the one guardian of this run, which outlives us by a moment."""
    package = Path(__file__).parents[1]
    return subprocess.Popen(
        [sys.executable, "-P", "-S", "-m", "course.run.guardian"],
        env=clean_environment(PYTHONPATH=str(package.parent)),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _tell_guardian(line: str) -> None:
    """Send the guardian a line; if it is gone, the run goes on without it."""
    stream = _guardian().stdin
    with contextlib.suppress(OSError):
        if stream is not None:
            stream.write(os.fsencode(line) + b"\n")
            stream.flush()


def kill(group: int) -> None:
    """Kill a group of processes; one that is already gone is fine."""
    _signal(group, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return
