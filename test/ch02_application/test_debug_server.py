"""`run.py debug_server`, started as a reader starts it."""

import errno
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from click import ClickException
from flask import Flask
from watchdog.events import (
    FileClosedNoWriteEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileOpenedEvent,
    FileSystemEvent,
)

from apps.server import development, listening, reloading

TEXT = "# Chapter 1: The first"


@pytest.mark.real_parts
def test_it_serves_and_keeps_query_strings_out_of_its_log(
    start: Callable, free: int
) -> None:
    server = start("debug_server", "--port", str(free))
    assert server.url == f"http://127.0.0.1:{free}"
    assert '"ok"' in server.get("/health?token=abc123&password=hunter2")
    with socket.create_connection(("127.0.0.1", free)) as raw:
        raw.sendall(b"GET /x?token=abc123 bad HTTP/9.9\r\n\r\n")
        raw.recv(1000)
    assert TEXT in server.get("/chapter/one")
    server.wait_for("/chapter/one")
    printed = server.end()
    assert '"GET /health HTTP/1.1" 200' in printed
    assert "abc123" not in printed
    assert "hunter2" not in printed
    assert "\x1b[" not in printed


def replace(path: Path, old: str, new: str) -> None:
    """Edit a source file as a reader does."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.real_parts
def test_it_restarts_on_change_on_the_same_port_and_on_nothing_else(
    start: Callable, project: Path, free: int
) -> None:
    health, settings = project / "apps" / "health.py", project / "config.py"
    tomorrow = time.time() + 86400
    os.utime(project / "run.py", (tomorrow, tomorrow))
    server = start("debug_server", "-p", str(free))
    assert '"ok"' in server.get("/health")
    health.read_bytes()
    (project / "notes.txt").write_text("no source", "utf-8")
    (project / "library").mkdir()
    (project / "library" / "new.py").write_text("x = 1\n", "utf-8")
    replace(health, '"ok"', '"fine"')
    server.wait_for_restart()
    assert '"fine"' in server.get("/health")
    settings.write_text(settings.read_text("utf-8") + "\n# nothing new\n", "utf-8")
    server.wait_for_restart()
    assert '"fine"' in server.get("/health")
    printed = server.end()
    assert printed.count("Listening on") == 1
    changed = re.findall("Restarting: (.*) has changed", printed)
    assert [name for name, _ in groupby(changed)] == ["apps/health.py", "config.py"]


@pytest.mark.real_parts
def test_the_last_of_many_changes_is_served(start: Callable, project: Path) -> None:
    server = start("debug_server")
    words = ["ok", "one", "two", "three"]
    for old, new in pairwise(words):
        replace(project / "apps" / "health.py", f'"{old}"', f'"{new}"')
    while '"three"' not in server.get("/health"):
        server.wait_for_restart()


@pytest.mark.real_parts
def test_two_saves_of_one_size_in_one_second_are_told_apart(
    start: Callable, project: Path
) -> None:
    health = project / "apps" / "health.py"
    second = int(health.stat().st_mtime) - 10  # another than the file's own
    server = start("debug_server")
    assert '"ok"' in server.get("/health")
    for old, new in (("ok", "no"), ("no", "hi")):
        draft = health.with_name("draft")
        text = health.read_text("utf-8").replace(f'"{old}"}}', f'"{new}"}}')
        draft.write_text(text, "utf-8")
        os.utime(draft, (second, second))
        draft.replace(health)
        server.wait_for_restart()
        assert f'"{new}"' in server.get("/health")


SAVED_BY_THE_WORKER = """
from pathlib import Path

from apps.server.reloading import is_worker

late = Path(__file__).with_name("late.py")
status = "second" if late.exists() else "first"
if is_worker() and not late.exists():
    late.touch()
"""


@pytest.mark.real_parts
def test_a_change_while_python_still_reads_the_source_restarts(
    start: Callable, project: Path
) -> None:
    health = project / "apps" / "health.py"
    replace(health, "\nblueprint =", SAVED_BY_THE_WORKER + "\nblueprint =")
    replace(health, '"ok"', "status")
    server = start("debug_server")
    assert server.wait_for_restart() == "apps/late.py"
    assert '"second"' in server.get("/health")


@pytest.mark.real_parts
def test_a_request_waits_while_the_app_does_not_start(
    start: Callable, project: Path, free: int
) -> None:
    server = start("debug_server", "-p", str(free))
    health = project / "apps" / "health.py"
    good = health.read_text("utf-8")
    health.write_text("def broken(:\n", "utf-8")
    server.wait_for("The app does not start: waiting for a change")
    with socket.create_connection(("127.0.0.1", free), timeout=120) as waiting:
        waiting.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        health.write_text(good.replace('"ok"', '"mended"'), "utf-8")
        answer = b"".join(iter(lambda: waiting.recv(4096), b""))
    assert b'"mended"' in answer
    assert server.printed.count("SyntaxError") == 1


@pytest.mark.real_parts
def test_what_is_being_answered_is_finished(
    start: Callable, project: Path, tmp_path: Path, free: int
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    health = project / "apps" / "health.py"
    replace(health, "from flask", "import os\n\nfrom flask")
    replace(
        health, "    return", "    print('worker', os.getpid(), flush=True)\n    return"
    )
    replace(health, '"ok"', f"open({str(pipe)!r}).read()")
    server = start("debug_server", "-p", str(free))
    with socket.create_connection(("127.0.0.1", free), timeout=120) as asking:
        asking.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        worker = int(server.wait_for(r"worker (\d+)")[1])
        with pipe.open("w") as answer:  # once the view is there to read it
            os.kill(worker, signal.SIGTERM)
            answer.write("finished")
        answered = b"".join(iter(lambda: asking.recv(4096), b""))
    assert b'"finished"' in answered


@pytest.mark.real_parts
def test_its_end_is_its_workers_too(start: Callable, free: int) -> None:
    server = start("debug_server", "-p", str(free))
    server.get("/health")
    server.process.terminate()
    assert server.process.wait(120) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_comes_while_a_worker_begins_ends_the_worker_too(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    real, earlier = subprocess.Popen, signal.getsignal(signal.SIGTERM)

    def popen(*_: object, **__: object) -> subprocess.Popen[bytes]:
        begun.append(real([sys.executable, "-c", "import time; time.sleep(600)"]))
        signal.raise_signal(number)
        return begun[0]

    monkeypatch.setattr(reloading.subprocess, "Popen", popen)
    try:
        with socket.socket() as listener, suppress(SystemExit):
            reloading.supervise(listener, polls=False)
        assert begun[0].poll() is not None
    finally:
        signal.signal(signal.SIGTERM, earlier)
        begun[0].kill()
        begun[0].wait()


def test_where_the_system_can_watch_no_more_it_polls_and_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def observer() -> None:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    monkeypatch.setattr(reloading, "ROOT", project)
    monkeypatch.setattr(reloading, "Observer", observer)
    with reloading.watched(polls=False) as source:
        replace(project / "apps" / "health.py", '"ok"', '"fine"')
        assert source.changed.wait(120)
    assert source.last == "apps/health.py"
    said = "Looking for changes once a second: [Errno 24] inotify instance limit"
    assert capsys.readouterr().out.startswith(said)


@pytest.mark.parametrize(
    ("event", "counts"),
    [
        (FileModifiedEvent("apps/health.py"), True),
        (FileDeletedEvent("apps/health.py"), True),
        (FileMovedEvent("apps/.health.py.swp", "apps/health.py"), True),
        (FileMovedEvent("apps/health.py", "apps/health.old"), True),
        (FileOpenedEvent("apps/health.py"), False),
        (FileClosedNoWriteEvent("apps/health.py"), False),
        (FileModifiedEvent("apps/static/base.css"), False),
        (FileCreatedEvent("apps/__pycache__/health.cpython-311.pyc"), False),
    ],
)
def test_only_changes_of_python_files_count(
    event: FileSystemEvent, counts: bool
) -> None:
    source = reloading.Source()
    source.on_any_event(event)
    assert source.changed.is_set() is counts


def test_a_taken_default_port_moves_on_and_says_so(
    command: Callable,
    served: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    taken: int,
) -> None:
    monkeypatch.setattr(listening, "FIRST_PORT", taken)
    monkeypatch.setattr(listening, "LAST_PORT", min(taken + 99, 65535))
    ended = command("debug_server")
    assert served["port"] > taken
    assert f"Port {taken} is taken: using {served['port']}" in ended.output


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1"])
def test_a_port_that_is_none_is_bad_use(command: Callable, port: str) -> None:
    ended = command("debug_server", "--port", port)
    assert ended.exit_code == 2
    assert "Invalid value for '--port'" in ended.output


def test_a_taken_port_that_was_asked_for_is_one_line(
    command: Callable, served: dict[str, Any], taken: int
) -> None:
    ended = command("debug_server", "--port", str(taken))
    assert ended.exit_code == 1
    assert ended.output == f"Error: port {taken} is taken: choose another\n"
    assert served == {}


@pytest.mark.parametrize("host", ["192.0.2.1", "a" * 300])
def test_a_host_that_is_not_ours_is_one_line(
    command: Callable, served: dict[str, Any], host: str
) -> None:
    ended = command("debug_server", "--host", host)
    assert ended.exit_code == 1
    assert ended.output.startswith(f"Error: cannot listen on {host}:5000: ")
    assert ended.output.count("\n") == 1
    assert served == {}


def test_other_machines_never_get_the_debugger(
    command: Callable, served: dict[str, Any], free: int
) -> None:
    ended = command("debug_server", "-h", "0.0.0.0", "-p", str(free))  # noqa: S104
    assert "Warning: 0.0.0.0 is not this machine alone" in ended.output
    assert "debugger is off" in ended.output
    assert served["app"].debug is False
    assert served["restarts"] is True


def test_this_machine_gets_the_debugger(
    command: Callable, served: dict[str, Any], free: int
) -> None:
    ended = command("debug_server", "-h", "localhost", "-p", str(free))
    assert ended.output == f"Listening on http://localhost:{free}/ (Ctrl+C ends it)\n"
    assert served["app"].debug is True
    assert served["restarts"] is True


def test_apps_on_two_ports_have_cookies_of_two_names(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(development, "ThreadedWSGIServer", MagicMock())
    own_app.config.update(SERVER_HOST="127.0.0.1", SESSION_COOKIE_NAME="session")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        development.answer(own_app, listener)
        port = listener.getsockname()[1]
    assert own_app.config["SESSION_COOKIE_NAME"] == f"session_{port}"


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("192.168.1.5", False),
        ("example.com", False),
    ],
)
def test_only_loopback_is_this_machine_alone(host: str, alone: bool) -> None:
    assert listening.is_loopback(host) is alone


def test_all_ports_taken_is_said(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    monkeypatch.setattr(listening, "FIRST_PORT", taken)
    monkeypatch.setattr(listening, "LAST_PORT", taken)
    with pytest.raises(ClickException, match="taken: choose another"):
        listening.listen("127.0.0.1", None)
