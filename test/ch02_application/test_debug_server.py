"""`run.py debug_server`, started as a reader starts it."""

import os
import re
import socket
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from click import ClickException

from apps.server import development

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
    server = start("debug_server", "-p", str(free))
    assert '"ok"' in server.get("/health")
    (project / "apps" / "health.py").read_bytes()
    (project / "notes.txt").write_text("no source", "utf-8")
    (project / "library").mkdir()
    (project / "library" / "new.py").write_text("x = 1\n", "utf-8")
    health = project / "apps" / "health.py"
    health.write_text(health.read_text("utf-8").replace('"ok"', '"fine"'), "utf-8")
    server.wait_for_restart()
    assert '"fine"' in server.get("/health")
    settings = project / "config.py"
    settings.write_text(settings.read_text("utf-8") + "\nX = 1\n", "utf-8")
    server.wait_for_restart()
    assert '"fine"' in server.get("/health")
    printed = server.end()
    assert printed.count("Listening on") == 1
    assert "taken" not in printed
    changed = re.findall("Detected change in '[^']+/([^/]+)'", printed)
    assert [name for name, _ in groupby(changed)] == ["health.py", "config.py"]


def test_a_change_that_is_seen_twice_restarts_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watcher = development.SourceWatcher()
    with caplog.at_level("INFO", "werkzeug"):
        watcher.trigger_reload("one.py")
        watcher.trigger_reload("one.py")
    assert caplog.text.count("Detected change") == 1


@pytest.mark.parametrize(("began", "restarts"), [(-60, True), (60, False)])
def test_a_change_before_anybody_watched_restarts(
    project: Path, monkeypatch: pytest.MonkeyPatch, began: int, restarts: bool
) -> None:
    (project / "config.py").touch()
    monkeypatch.setattr(development, "ROOT", project)
    monkeypatch.setattr(development, "APPS", project / "apps")
    monkeypatch.setattr(development, "BEGAN", time.time() + began)
    with development.SourceWatcher() as watcher:
        assert watcher.should_reload.is_set() is restarts


def test_a_file_of_the_future_does_not_restart_for_ever(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = time.time() + 86400
    os.utime(project / "config.py", (tomorrow, tomorrow))
    monkeypatch.setattr(development, "ROOT", project)
    monkeypatch.setattr(development, "APPS", project / "apps")
    monkeypatch.setattr(development, "BEGAN", time.time())
    with development.SourceWatcher() as watcher:
        assert not watcher.should_reload.is_set()


@pytest.mark.real_parts
def test_a_broken_file_is_waited_for(start: Callable, project: Path, free: int) -> None:
    server = start("debug_server", "-p", str(free))
    server.get("/health")
    health = project / "apps" / "health.py"
    good = health.read_text("utf-8")
    health.write_text("def broken(:\n", "utf-8")
    server.wait_for("waiting for a change")
    health.write_text(good.replace('"ok"', '"mended"'), "utf-8")
    assert '"mended"' in server.get("/health")
    assert server.printed.count("SyntaxError") >= 1


def test_a_taken_default_port_moves_on_and_says_so(
    command: Callable,
    served: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    taken: int,
) -> None:
    monkeypatch.setattr(development, "FIRST_PORT", taken)
    monkeypatch.setattr(development, "LAST_PORT", min(taken + 99, 65535))
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
    assert served["use_debugger"] is False
    assert served["use_reloader"] is True
    assert served["app"].debug is False


def test_this_machine_gets_the_debugger(
    command: Callable, served: dict[str, Any], free: int
) -> None:
    ended = command("debug_server", "-h", "localhost", "-p", str(free))
    assert ended.output == f"Listening on http://localhost:{free}/ (Ctrl+C ends it)\n"
    assert served["use_debugger"] is True
    assert served["app"].debug is True


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
    assert development.is_loopback(host) is alone


def test_all_ports_taken_is_said(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    monkeypatch.setattr(development, "FIRST_PORT", taken)
    monkeypatch.setattr(development, "LAST_PORT", taken)
    with pytest.raises(ClickException, match="taken: choose another"):
        development.choose_port("127.0.0.1", None)
