"""What the app keeps is for its own user, whatever umask it is started with."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import pytest

from apps import create_app
from apps.log.handlers import DailyFiles


def mode(path: Path) -> int:
    return S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0, 0o022, 0o777])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take nothing away from new files, or the usual, or all."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def log_a_line(folder: Path) -> Path:
    """Write a line as the app does; return its file."""
    handler = DailyFiles(folder, days=30)
    handler.handle(logging.makeLogRecord({"msg": "line", "levelno": logging.INFO}))
    handler.close()
    return next(folder.iterdir())


@pytest.mark.usefixtures("_umask")
def test_what_the_app_writes_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "instance"
    told = {"ENV_FILE": os.devnull, "INSTANCE_FOLDER": folder}
    create_app(told | {"APP_CONFIG": "development"})
    log_a_line(folder / "logs")
    made = {path.name: mode(path) for path in [folder.parent, *folder.rglob("*")]}
    log = next(name for name in made if name.endswith(".log"))
    expected = {"deep": 0o700, "secret_key": 0o600, "logs": 0o700, log: 0o600}
    assert made == expected
    assert mode(folder) == 0o700


def test_a_log_of_an_earlier_release_is_closed_to_others(tmp_path: Path) -> None:
    log_a_line(tmp_path).chmod(0o640)
    file = log_a_line(tmp_path)
    assert file.read_text("utf-8") == "line\nline\n"
    assert mode(file) == 0o600
