"""`flask keys`: what it says, and what it never says."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from apps.token.domain import Pair
from apps.token.keys import KeyFile

Status = Callable[[str], int]
Travel = Callable[[timedelta], None]


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=arguments)
    return result.exit_code, result.output


def test_rotate_names_the_key_that_signs_now(app: Flask, keys: KeyFile) -> None:
    keys.signing()
    code, printed = run(app, "keys", "rotate")
    assert code == 0
    assert printed == f"{keys.signing()[0]} signs from now on.\n"


def test_list_tells_the_keys_apart_and_shows_none(app: Flask, keys: KeyFile) -> None:
    old, _ = keys.signing()
    run(app, "keys", "rotate")
    code, printed = run(app, "keys", "list")
    assert code == 0
    first, second = printed.splitlines()
    assert first.startswith(f"{old}  verifies; can be retired from ")
    assert second == f"{keys.signing()[0]}  signs"
    assert not any(key in printed for key in keys.current().values())


def test_retire_refuses_until_the_last_token_has_expired(
    app: Flask, keys: KeyFile, travel: Travel
) -> None:
    old, _ = keys.signing()
    run(app, "keys", "rotate")
    for early in (timedelta(0), timedelta(minutes=14, seconds=50)):
        travel(early)
        code, printed = run(app, "keys", "retire", old)
        assert code == 1
        assert printed.startswith(f"Error: A token of {old} may be valid until ")
    travel(timedelta(minutes=15, seconds=10))
    assert run(app, "keys", "retire", old) == (0, f"{old} is gone.\n")
    assert list(keys.current()) == [keys.signing()[0]]


def test_retire_refuses_the_key_that_signs(app: Flask, keys: KeyFile) -> None:
    kid, _ = keys.signing()
    code, printed = run(app, "keys", "retire", kid)
    assert (code, printed) == (1, f"Error: {kid} signs: rotate first.\n")


def test_a_running_app_refuses_the_tokens_of_a_leaked_key_at_once(
    app: Flask, keys: KeyFile, client: FlaskClient, pair: Pair, status: Status
) -> None:
    leaked, _ = keys.signing()
    assert status(pair.access_token) == 200
    code, printed = run(app, "keys", "retire", leaked, "--leaked")
    signs, _ = keys.signing()
    assert signs != leaked
    told = f"{leaked} is gone, and its tokens are refused. {signs} signs.\n"
    assert (code, printed) == (0, told)
    assert status(pair.access_token) == 401
    body = {"refresh_token": pair.refresh_token}
    renewed = client.post("/user/token/refresh", json=body)
    assert status(renewed.json["access_token"]) == 200


def test_a_damaged_file_is_told_in_one_line(app: Flask, keys: KeyFile) -> None:
    keys.signing()
    keys.path.write_text("{")
    app.extensions.pop("jwt_keys")  # a process that has read nothing yet
    retire = ["retire", "x"]
    for arguments in (["rotate"], ["list"], retire, [*retire, "--leaked"]):
        code, printed = run(app, "keys", *arguments)
        assert code == 1
        assert printed.startswith("Error: ")
        assert printed.count("\n") == 1


def test_development_has_its_keys_in_the_terminal_too(
    root: Path, settings: dict[str, object]
) -> None:
    same = {key: str(settings[key]) for key in ("DATABASE_URL", "ENV_FILE")}
    told = {**same, "INSTANCE_FOLDER": str(settings["INSTANCE_FOLDER"])}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "apps", "keys", "list"],
        cwd=root,
        env={**os.environ, **told, "APP_CONFIG": "development"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.endswith("  signs\n"), done.stderr
