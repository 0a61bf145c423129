"""The flags of `run.py`, and what stops its start."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup


def test_the_flag_beats_the_environment(
    command: Callable,
    served: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    taken: int,
) -> None:
    monkeypatch.setenv("SERVER_PORT", str(taken))
    assert command("debug_server", "-p", str(free)).exit_code == 0
    assert served["port"] == free


def test_the_environment_is_an_explicit_wish(
    command: Callable,
    served: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    taken: int,
) -> None:
    monkeypatch.setenv("SERVER_PORT", str(taken))
    ended = command("debug_server")
    assert ended.exit_code == 1
    assert ended.output == f"Error: port {taken} is taken: choose another\n"
    assert served == {}


@pytest.mark.real_parts
def test_without_a_command_it_checks_then_serves_development_as_dotenv_says(
    start: Callable, project: Path, free: int
) -> None:
    (project / ".env").write_text(f"SERVER_PORT={free}\n")
    server = start()
    assert server.port == free
    server.wait_for("Debugger is active")
    assert '"ok"' in server.get("/health")
    printed = server.end()
    assert printed.count("as pinned") == 1
    assert printed.index("as pinned") < printed.index("Listening on")
    assert (project / "instance" / "secret_key").is_file()
    assert (project / "instance" / "logs").is_dir()


@pytest.mark.real_parts
def test_where_events_do_not_arrive_it_can_be_told_to_poll(
    start: Callable, project: Path
) -> None:
    server = start("debug_server", WATCH="poll")
    server.wait_for("Looking for changes once a second: WATCH is poll\n")
    health = project / "apps" / "health.py"
    health.write_text(health.read_text("utf-8").replace('"ok"', '"fine"'), "utf-8")
    assert server.wait_for_restart() == "apps/health.py"
    assert '"fine"' in server.get("/health")


def test_production_wants_a_key(command: Callable, served: dict[str, Any]) -> None:
    ended = command("debug_server", "-c", "production")
    assert ended.exit_code == 1
    assert ended.output.startswith(
        "Error: SECRET_KEY (not set): missing in production; make one"
    )
    assert ended.output.count("\n") == 1
    assert served == {}


def test_production_has_neither_debugger_nor_restarts(
    command: Callable,
    served: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    free: int,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "0123456789abcdef" * 4)
    assert command("debug_server", "-c", "production", "-p", str(free)).exit_code == 0
    assert served["app"].debug is False
    assert served["restarts"] is False


def test_a_missing_env_file_is_one_line(
    command: Callable, served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENV_FILE", "nowhere")
    ended = command("debug_server")
    assert ended.exit_code == 1
    assert ended.output.startswith("Error: ENV_FILE: there is no file ")
    assert served == {}


def test_an_unknown_configuration_is_one_line(
    command: Callable, served: dict[str, Any]
) -> None:
    ended = command("debug_server", "--config", "staging")
    assert ended.exit_code == 1
    assert ended.output == (
        "Error: APP_CONFIG (from create_app) is 'staging': "
        "Input should be 'development', 'production' or 'testing'\n"
    )
    assert served == {}


@pytest.mark.parametrize("arguments", [["run"], ["routes"], ["shell"]])
def test_a_command_of_flask_shows_a_fault_in_one_line_too(
    root: Path, instance: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("LOG_DAYS", "many")
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")
    ended = CliRunner().invoke(FlaskGroup(), ["--app", "apps", *arguments])
    assert ended.exit_code == 1
    assert ended.output.splitlines()[0].startswith("Error: LOG_DAYS (from the envir")
    assert "Traceback" not in ended.output
