"""The flags of `run.py`, and what stops its start."""

from collections.abc import Callable
from pathlib import Path


def test_the_flag_beats_the_environment(start: Callable, free: int, taken: int) -> None:
    server = start("debug_server", "-p", str(free), SERVER_PORT=str(taken))
    assert server.port == free


def test_the_environment_is_an_explicit_wish(start: Callable, taken: int) -> None:
    server = start("debug_server", listens=False, SERVER_PORT=str(taken))
    assert server.process.wait(30) == 1
    assert server.end() == f"Error: port {taken} is taken: choose another\n"


def test_an_env_file_beside_run_py_is_read(
    start: Callable, project: Path, free: int
) -> None:
    (project / ".env").write_text(f"SERVER_PORT={free}\n")
    assert start("debug_server").port == free


def test_debug_server_means_development(
    start: Callable, project: Path, free: int
) -> None:
    server = start("debug_server", "-p", str(free))
    server.wait_for("Debugger is active")
    assert (project / "instance" / "chapter-2" / "secret_key").is_file()
    assert (project / "instance" / "chapter-2" / "logs").is_dir()


def test_production_has_no_debugger_and_wants_a_key(start: Callable, free: int) -> None:
    refused = start("debug_server", "-c", "production", listens=False)
    assert refused.process.wait(30) == 1
    printed = refused.end()
    assert printed.startswith("Error: SECRET_KEY is missing in production; make one")
    assert printed.count("\n") == 1
    key = "0123456789abcdef" * 4
    server = start("debug_server", "-c", "production", "-p", str(free), SECRET_KEY=key)
    assert '"ok"' in server.get("/health")
    assert "Debugger" not in server.end()


def test_an_unknown_configuration_is_one_line(start: Callable) -> None:
    server = start("debug_server", "--config", "staging", listens=False)
    assert server.process.wait(30) == 1
    assert server.end() == (
        "Error: APP_CONFIG (from create_app): 'staging' is not one of "
        "development, production, testing\n"
    )
