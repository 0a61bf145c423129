"""The file of keys: who may read it, how it changes, and who notices."""

import importlib
import json
import logging
import os
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from apps import create_app
from apps.token.keys import (
    KeyFile,
    KeyInUse,
    KeysUnusable,
    key_file,
    require_keys,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIFETIME = timedelta(minutes=15)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a file of keys may stand."""
    return tmp_path / "jwt_keys.json"


@pytest.fixture
def file(path: Path) -> KeyFile:
    """A file with one key, as production has it."""
    file = KeyFile(path)
    file.rotate(NOW)
    return file


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_first_rotation_makes_the_file_for_its_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        kid = KeyFile(path).rotate(NOW)
    finally:
        os.umask(before)
    assert mode(path) == 0o600
    assert list(json.loads(path.read_text())) == [kid]


def test_a_rotation_adds_a_key_that_signs_and_keeps_the_others(file: KeyFile) -> None:
    first, key = file.signing()
    second = file.rotate(NOW)
    assert list(file.current()) == [first, second]
    assert file.current()[first] == key
    assert file.signing()[0] == second
    assert mode(file.path) == 0o600


def test_keys_are_long_and_differ(file: KeyFile) -> None:
    for _ in range(3):
        file.rotate(NOW)
    assert len(set(file.current().values())) == 4
    assert min(map(len, file.current().values())) >= 64


def test_a_running_process_reads_the_file_again_when_it_changed(file: KeyFile) -> None:
    running = KeyFile(file.path)
    assert running.signing() == file.signing()
    kid = file.rotate(NOW)
    assert running.signing()[0] == kid


def test_an_unchanged_file_is_not_read_again(
    file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = file.current()
    monkeypatch.setattr(KeyFile, "_read", lambda _: pytest.fail("it was read again"))
    assert file.current() == keys


def test_a_file_that_others_can_read_is_refused_in_production(file: KeyFile) -> None:
    for wrong in (0o640, 0o604, 0o666):
        file.path.chmod(wrong)
        with pytest.raises(KeysUnusable, match="chmod 600"):
            KeyFile(file.path).current()


def test_a_file_that_we_made_ourselves_is_closed_again(path: Path) -> None:
    file = KeyFile(path, create_missing=True)
    file.current()
    path.chmod(0o644)
    KeyFile(path, create_missing=True).current()
    assert mode(path) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"a": 1}',
        '{"a": "short"}',
        '{"": "' + "k" * 64 + '"}',
        '{"a b": "' + "k" * 64 + '"}',
        '{"a": "' + "k" * 64 + '", "a": "' + "l" * 64 + '"}',
        "[" * 60_000,
        '{"a": "' + "k" * 70_000 + '"}',
    ],
)
def test_a_file_without_good_keys_is_refused_and_not_quoted(
    path: Path, text: str
) -> None:
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeysUnusable) as caught:
        KeyFile(path).current()
    assert "kkk" not in str(caught.value)


def test_a_running_process_keeps_its_keys_when_the_file_is_damaged(
    file: KeyFile, caplog: pytest.LogCaptureFixture
) -> None:
    keys = file.current()
    file.path.write_text("{")
    with caplog.at_level(logging.ERROR):
        assert file.current() == keys
        assert file.current() == keys
    assert len(caplog.records) == 1
    assert keys[next(iter(keys))] not in caplog.text


def test_a_running_process_takes_the_file_when_it_is_mended(file: KeyFile) -> None:
    text = file.path.read_text()
    file.current()
    file.path.unlink()
    assert file.current()
    file.path.write_text(text)
    file.path.chmod(0o600)
    kid = KeyFile(file.path).rotate(NOW)
    assert file.signing()[0] == kid


def test_the_key_that_signs_stays(file: KeyFile) -> None:
    kid, _ = file.signing()
    with pytest.raises(KeyInUse, match="rotate first"):
        file.retire(kid, datetime.now(UTC) + 2 * LIFETIME, LIFETIME)


def test_a_key_stays_until_its_last_token_has_expired(file: KeyFile) -> None:
    old, _ = file.signing()
    file.rotate(NOW)
    rotated = file.changed_at()
    with pytest.raises(KeyInUse, match="may be valid until"):
        file.retire(old, rotated + LIFETIME - timedelta(seconds=1), LIFETIME)
    assert old in file.current()
    file.retire(old, rotated + LIFETIME, LIFETIME)
    assert old not in file.current()
    assert mode(file.path) == 0o600


def test_to_retire_one_key_does_not_make_the_next_one_wait(file: KeyFile) -> None:
    first, _ = file.signing()
    second = file.rotate(NOW)
    file.rotate(NOW)
    later = file.changed_at() + LIFETIME
    file.retire(first, later, LIFETIME)
    file.retire(second, later, LIFETIME)
    assert len(file.current()) == 1


def test_a_key_that_is_not_there_cannot_be_retired(file: KeyFile) -> None:
    with pytest.raises(KeyInUse, match="no key 'other'"):
        file.retire("other", datetime.now(UTC) + LIFETIME, LIFETIME)


def test_a_leaked_key_that_signs_is_replaced_in_one_edit(
    file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaked, _ = file.signing()
    written: list[list[str]] = []
    replace = KeyFile._replace

    def note(self: KeyFile, keys: dict[str, str], same_signs: bool) -> None:
        written.append([*keys])
        replace(self, keys, same_signs)

    monkeypatch.setattr(KeyFile, "_replace", note)
    signs = file.retire_leaked(leaked, NOW)
    assert signs != leaked
    assert written == [[signs]]
    assert list(file.current()) == [signs]
    assert mode(file.path) == 0o600


def test_a_leaked_key_that_no_longer_signs_goes_at_once_and_alone(
    file: KeyFile,
) -> None:
    leaked, _ = file.signing()
    second, third = file.rotate(NOW), file.rotate(NOW)
    rotated = file.changed_at()
    assert file.retire_leaked(leaked, NOW) == third
    assert list(file.current()) == [second, third]
    assert file.changed_at() == rotated


def test_a_leaked_key_that_is_not_there_changes_nothing(file: KeyFile) -> None:
    before = file.path.read_bytes()
    with pytest.raises(KeyInUse, match="no key 'other'"):
        file.retire_leaked("other", NOW)
    assert file.path.read_bytes() == before


def test_a_link_stays_a_link(file: KeyFile, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(file.path)
    kid = KeyFile(link).rotate(NOW)
    assert link.is_symlink()
    assert file.signing()[0] == kid


def test_edits_at_the_same_time_lose_no_key(path: Path) -> None:
    together = threading.Barrier(8)

    def rotate() -> None:
        together.wait()
        KeyFile(path).rotate(NOW)

    threads = [threading.Thread(target=rotate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(KeyFile(path).current()) == 8
    assert [item.name for item in path.parent.glob("*jwt_keys*")] == [path.name]


def test_processes_that_start_together_make_one_file(path: Path) -> None:
    together, seen = threading.Barrier(8), []

    def start() -> None:
        together.wait()
        seen.append(KeyFile(path, create_missing=True).signing())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1


def test_development_makes_its_own_keys_in_the_instance_folder(app: Flask) -> None:
    with app.app_context():
        key_file().signing()
    path = Path(app.instance_path) / "jwt_keys.json"
    assert mode(path) == 0o600


def in_production(settings: dict[str, object], **more: object) -> Flask:
    own = {"APP_CONFIG": "production", "SECRET_KEY": os.urandom(32).hex()}
    return create_app({**settings, **own, **more, "TESTING": False})


def test_production_does_not_serve_without_a_file_of_keys(
    settings: dict[str, object], path: Path
) -> None:
    with pytest.raises(KeysUnusable, match="JWT_KEYS_FILE names no file"):
        require_keys(in_production(settings))
    app = in_production(settings, JWT_KEYS_FILE=path)
    with pytest.raises(KeysUnusable, match="flask --app apps keys rotate"):
        require_keys(app)
    assert not path.exists()
    assert app.test_cli_runner().invoke(args=["keys", "rotate"]).exit_code == 0
    require_keys(app)


def test_what_a_production_server_imports_refuses_to_serve_without_keys(
    production: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for key, value in production.items():
        monkeypatch.setenv(key, value)
    sys.modules.pop("wsgi", None)
    assert "jwt_keys" in importlib.import_module("wsgi").app.extensions
    Path(production["JWT_KEYS_FILE"]).write_text("{}", encoding="utf-8")
    sys.modules.pop("wsgi", None)
    with pytest.raises(SystemExit, match="4"):
        importlib.import_module("wsgi")
    assert "holds no keys" in capsys.readouterr().err
