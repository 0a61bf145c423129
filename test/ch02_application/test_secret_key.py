"""The key that signs: production brings its own, development makes one and keeps it."""

import errno
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from apps.settings.configuration import ConfigurationError
from apps.settings.loading import load_config

pytestmark = pytest.mark.usefixtures("instance")
GOOD_KEY = "0123456789abcdef" * 4


def load(config: object = None) -> Flask:
    """Load the settings into an app that has nothing else."""
    app = Flask("apps")
    load_config(app, config)  # type: ignore[arg-type]
    return app


def made(instance: Path) -> list[str]:
    """Name what was written beside the database, which later chapters have."""
    return [path.name for path in instance.iterdir() if path.suffix != ".db"]


@pytest.mark.parametrize(
    "key",
    [
        "x" * 64,
        "short",
        GOOD_KEY[:31],
        "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
    ],
)
def test_production_refuses_a_key_that_can_be_guessed(instance: Path, key: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"SECRET_KEY .*: it can be guessed"
    ) as raised:
        load({"SECRET_KEY": key})
    assert key not in str(raised.value)


def test_production_takes_a_good_key(instance: Path) -> None:
    assert load({"SECRET_KEY": GOOD_KEY}).config["SECRET_KEY"] == GOOD_KEY
    assert not (instance / "secret_key").exists()


def test_development_makes_its_own_key_and_keeps_it_private(instance: Path) -> None:
    first, second = load("development"), load("development")
    key = first.config["SECRET_KEY"]
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert second.config["SECRET_KEY"] == key
    assert stat.S_IMODE((instance / "secret_key").stat().st_mode) == 0o600
    assert made(instance) == ["secret_key"]
    own = load({"APP_CONFIG": "development", "SECRET_KEY": GOOD_KEY})
    assert own.config["SECRET_KEY"] == GOOD_KEY


def test_a_key_that_others_could_read_is_made_private(instance: Path) -> None:
    (instance / "secret_key").write_text(GOOD_KEY)
    (instance / "secret_key").chmod(0o644)
    assert load("development").config["SECRET_KEY"] == GOOD_KEY
    assert stat.S_IMODE((instance / "secret_key").stat().st_mode) == 0o600


def test_a_key_on_a_disk_that_is_read_only_serves(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (instance / "secret_key").write_text(GOOD_KEY)
    (instance / "secret_key").chmod(0o400)
    monkeypatch.setattr(Path, "chmod", lambda *_: 1 / 0)
    assert load("development").config["SECRET_KEY"] == GOOD_KEY


def test_many_at_once_agree_on_one_key(instance: Path) -> None:
    apps = [Flask("apps") for _ in range(16)]  # threads that parse rules can crash 3.11
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda app: load_config(app, "development"), apps))
    assert len({app.config["SECRET_KEY"] for app in apps}) == 1
    assert made(instance) == ["secret_key"]


def test_a_disk_without_hard_links_or_modes_has_a_key(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    for name in ("link", "symlink", "chmod"):
        monkeypatch.setattr(os, name, refuse)
    key = load("development").config["SECRET_KEY"]
    (instance / "secret_key").touch(0o777)
    assert load("development").config["SECRET_KEY"] == key
    assert made(instance) == ["secret_key"]


def test_a_damaged_key_is_said(instance: Path) -> None:
    (instance / "secret_key").write_text("")
    with pytest.raises(ConfigurationError, match="damaged: delete it"):
        load("development")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = {
        "APP_CONFIG": "development",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "file",
    }
    with pytest.raises(ConfigurationError, match="secret_key cannot be used"):
        load(config)


def test_tests_get_a_key_of_their_own_each(instance: Path) -> None:
    keys = {load("testing").config["SECRET_KEY"] for _ in range(2)}
    assert len(keys) == 2
    assert made(instance) == []
