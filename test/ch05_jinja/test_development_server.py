"""The development server beside git, other programs, shared disks and closed terminals.

It serves the small app of chapter 2's `test_reloading.py`.
"""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from ch02_application import conftest, test_reloading
from ch02_application.editing import replace

from apps.server import reloading, sharing

start, free, project = conftest.start, conftest.free, test_reloading.project


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    """Have SIGHUP end who gets it, also where these tests run under nohup."""
    earlier = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for one, handler in earlier.items():
        signal.signal(one, handler)


@pytest.mark.real_parts
def test_a_closed_terminal_ends_it_and_its_worker(
    start: Callable, project: Path, free: int
) -> None:
    server = start(str(free))
    server.get("/health")
    server.process.send_signal(signal.SIGHUP)
    assert server.process.wait(120) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free))


def test_a_terminal_that_closes_while_a_worker_begins_ends_the_worker_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "test_a_signal_that_comes_while_a_worker_begins_ends_the_worker_too"
    getattr(test_reloading, name)(signal.SIGHUP, monkeypatch)


@pytest.mark.parametrize("kept", [signal.SIG_IGN, signal.SIG_DFL])
def test_nohup_keeps_it(kept: signal.Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGHUP, kept)
    monkeypatch.setattr(reloading, "watched", lambda _: 1 / 0)
    with socket.socket() as listener, pytest.raises(ZeroDivisionError):
        reloading.supervise(listener, polls=False)
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    assert ignored is (kept is signal.SIG_IGN)


@pytest.mark.real_parts
def test_where_the_first_process_is_killed_its_worker_ends_too(
    start: Callable, project: Path, free: int
) -> None:
    health = project / "apps" / "health.py"
    replace(health, "from flask", "import os\n\nfrom flask")
    replace(health, '"ok"', "os.getpid()")
    server = start(str(free))
    worker = int(json.loads(server.get("/health"))["status"])
    server.process.kill()
    limit = time.monotonic() + conftest.LIMIT
    while runs(worker) and time.monotonic() < limit:
        pass
    assert not runs(worker)


def runs(process: int) -> bool:
    """Tell whether a process that is not our child still runs."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii")
    except OSError:
        return Path("/proc").is_dir() is False and _signals(process)
    return state.rpartition(")")[2].split()[0] != "Z"


def _signals(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.real_parts
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_it_serves_with_its_standard_streams_closed(
    project: Path, free: int, closed: str
) -> None:
    command = f"exec {sys.executable} run.py {free} {closed}"
    process = subprocess.Popen(["/bin/sh", "-c", command], cwd=project)
    try:
        assert b'"ok"' in ask(free)
        (project / "apps" / "new.py").touch()
        assert b'"ok"' in ask(free)
    finally:
        process.terminate()
        assert process.wait(120) == 0


def ask(port: int) -> bytes:
    """Ask for /health, as soon as somebody listens."""
    while True:
        with suppress(ConnectionRefusedError):
            asking = socket.create_connection(("127.0.0.1", port), timeout=120)
            break
    with asking:
        asking.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return b"".join(iter(lambda: asking.recv(4096), b""))


@pytest.mark.real_parts
def test_its_source_may_go_and_come_back(
    start: Callable, project: Path, tmp_path: Path, free: int
) -> None:
    server = start(str(free))
    for name in ("apps", "run.py"):
        (project / name).rename(tmp_path / "away")
        (project / "config.py").touch()
        server.wait_for("The app does not start: waiting for a change")
        (tmp_path / "away").rename(project / name)
        server.wait_for_restart()
        assert '"ok"' in server.get("/health")
    replace(project / "apps" / "health.py", '"ok"', '"watched"')
    server.wait_for_restart()
    assert '"watched"' in server.get("/health")


@pytest.mark.real_parts
def test_https_on_its_port_is_one_line_in_the_log(
    start: Callable, project: Path, free: int
) -> None:
    server = start(str(free))
    with socket.create_connection(("127.0.0.1", free), timeout=120) as raw:
        context = ssl.create_default_context()
        with pytest.raises(OSError, match=r"."):
            context.wrap_socket(raw, server_hostname="localhost")
    server.wait_for("HTTPS was spoken to this port: ask with http://")
    assert '"ok"' in server.get("/health")
    assert "\\x16" not in server.printed
    assert "Traceback" not in server.printed


@pytest.mark.parametrize("linked", [False, True])
def test_it_waits_until_git_has_written_the_last_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    git, project = tmp_path / ".git", tmp_path / "project"
    lock = git / "index.lock"
    for folder in (git, project):
        folder.mkdir()
    if linked:
        (project / ".git").write_text("gitdir: ../.git\n")
    lock.touch()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            lock.unlink()

    monkeypatch.setattr(reloading, "ROOT", project)
    monkeypatch.setattr(sharing.time, "sleep", sleep)
    source = reloading.Source()
    source.changed.set()
    source.wait_for_the_last_change()
    assert len(slept) == 3


def test_it_goes_on_where_git_has_left_a_lock_behind_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "index.lock").touch()
    monkeypatch.setattr(reloading, "ROOT", tmp_path)
    monkeypatch.setattr(sharing, "GIT_SECONDS", 0)
    source = reloading.Source()
    source.changed.set()
    source.wait_for_the_last_change()
    assert not source.changed.is_set()
    assert "index.lock is still there" in capsys.readouterr().out


def test_the_file_system_of_a_folder_is_named() -> None:
    if not shutil.which("findmnt"):
        assert sharing.file_system(Path("/")) == ""
    else:
        assert re.fullmatch(r"[\w.]+", sharing.file_system(Path("/")))


def test_a_file_system_that_nobody_knows_is_no_reason_to_poll(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sharing.reason_to_poll(tmp_path) == ""


@pytest.mark.parametrize("kind", ["9p", "nfs4", "fuse.grpcfuse", "virtiofs"])
def test_where_others_write_too_it_looks_and_says_so_once(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    monkeypatch.setattr(reloading, "ROOT", project)
    monkeypatch.setattr(sharing, "file_system", lambda _: kind)
    reloading.say_once.cache_clear()
    for old, new in (("ok", "fine"), ("fine", "ok")):
        with reloading.watched(polls=False) as source:
            replace(project / "apps" / "health.py", f'"{old}"', f'"{new}"')
            assert source.changed.wait(120)
    said = f"Looking for changes once a second: the files are on {kind}\n"
    assert capsys.readouterr().out == said
