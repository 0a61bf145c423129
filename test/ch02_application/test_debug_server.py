"""`run.py debug_server`, started as a reader starts it."""

import errno
import os
import re
import socket
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from ch02_application.editing import replace
from click import ClickException
from flask import Flask

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
def test_its_end_is_its_workers_too(start: Callable, free: int) -> None:
    server = start("debug_server", "-p", str(free))
    server.get("/health")
    server.process.terminate()
    assert server.process.wait(120) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free))


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
