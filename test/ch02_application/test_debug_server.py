"""`run.py debug_server`, started as a reader starts it."""

import re
import runpy
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click import ClickException
from click.testing import CliRunner

from apps import development

TEXT = "# Chapter 1: The first"


def test_it_serves_at_the_port_asked_for(start: Callable, free: int) -> None:
    server = start("debug_server", "--host", "localhost", "--port", str(free))
    assert server.url == f"http://localhost:{free}"
    assert '"ok"' in server.get("/health")
    assert server.get("/chapter/one").startswith(TEXT)
    server.wait_for("Debugger is active")
    assert "Warning" not in server.printed


def test_without_a_command_it_checks_and_serves(start: Callable) -> None:
    server = start()
    assert '"ok"' in server.get("/health")
    printed = server.end()
    assert printed.count("as pinned") == 1
    assert printed.index("as pinned") < printed.index("Listening on")


def test_it_restarts_on_change_on_the_same_port(
    start: Callable, project: Path, free: int
) -> None:
    server = start("debug_server", "-p", str(free))
    assert '"ok"' in server.get("/health")
    health = project / "apps" / "health.py"
    health.write_text(health.read_text("utf-8").replace('"ok"', '"fine"'), "utf-8")
    server.wait_for_restart()
    assert '"fine"' in server.get("/health")
    printed = server.end()
    assert printed.count("Listening on") == 1
    assert "taken" not in printed


def test_it_restarts_when_the_settings_change(
    start: Callable, project: Path, free: int
) -> None:
    server = start("debug_server", "-p", str(free))
    server.get("/health")
    settings = project / "config.py"
    settings.write_text(settings.read_text("utf-8") + "\nX = 1\n", "utf-8")
    server.wait_for_restart()
    assert '"ok"' in server.get("/health")


def test_it_does_not_restart_when_a_file_is_read(
    start: Callable, project: Path, free: int
) -> None:
    server = start("debug_server", "-p", str(free))
    server.get("/health")
    (project / "apps" / "health.py").read_bytes()
    (project / "notes.txt").write_text("no source", "utf-8")
    (project / "library").mkdir()
    (project / "library" / "new.py").write_text("x = 1\n", "utf-8")
    health = project / "apps" / "health.py"
    health.write_text(health.read_text("utf-8").replace('"ok"', '"fine"'), "utf-8")
    server.wait_for_restart()
    assert '"fine"' in server.get("/health")
    changed = re.findall("Detected change in '([^']+)'", server.end())
    assert {Path(path).name for path in changed} == {"health.py"}


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


def test_a_taken_default_port_moves_on_and_says_so(start: Callable) -> None:
    try:
        blocker = socket.create_server(("127.0.0.1", development.FIRST_PORT))
    except OSError:
        blocker = None  # somebody else has it, which does as well
    server = start("debug_server")
    assert server.port > development.FIRST_PORT
    assert f"Port 5000 is taken: using {server.port}" in server.printed
    assert '"ok"' in server.get("/health")
    if blocker:
        blocker.close()


def test_a_taken_port_that_was_asked_for_is_one_line(
    start: Callable, taken: int
) -> None:
    server = start("debug_server", "--port", str(taken), listens=False)
    assert server.process.wait(30) == 1
    assert server.end() == f"Error: port {taken} is taken: choose another\n"


def test_a_host_that_is_not_ours_is_one_line(start: Callable) -> None:
    server = start("debug_server", "--host", "192.0.2.1", listens=False)
    assert server.process.wait(30) == 1
    printed = server.end()
    assert printed.startswith("Error: cannot listen on 192.0.2.1:5000: ")
    assert printed.count("\n") == 1


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1"])
def test_a_port_that_is_none_is_bad_use(root: Path, port: str) -> None:
    run = runpy.run_path(str(root / "run.py"))
    ended = CliRunner().invoke(run["main"], ["debug_server", "--port", port])
    assert ended.exit_code == 2
    assert "Invalid value for '--port'" in ended.output


def test_other_machines_never_get_the_debugger(
    start: Callable, project: Path, free: int
) -> None:
    health = project / "apps" / "health.py"
    source = health.read_text("utf-8")
    health.write_text(source.replace('return {"status": "ok"}', "1 / 0"), "utf-8")
    server = start("debug_server", "-h", "0.0.0.0", "-p", str(free))  # noqa: S104
    server.wait_for(
        "Warning: 0.0.0.0 is not this machine alone, so the debugger is off"
    )
    server.url = f"http://127.0.0.1:{free}"
    server.get("/chapter/")
    assert "Debugger is active" not in server.end()


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


def test_query_strings_stay_out_of_the_request_log(start: Callable, free: int) -> None:
    server = start("debug_server", "--port", str(free))
    server.get("/health?token=abc123&password=hunter2")
    with socket.create_connection(("127.0.0.1", free)) as raw:
        raw.sendall(b"GET /x?token=abc123 bad HTTP/9.9\r\n\r\n")
        raw.recv(1000)
    server.wait_for("/health")
    server.get("/chapter/")
    server.wait_for("/chapter/")
    printed = server.end()
    assert '"GET /health HTTP/1.1" 200' in printed
    assert "abc123" not in printed
    assert "hunter2" not in printed
    assert "\x1b[" not in printed
