"""What the tests of every chapter share."""

import os  # chapter 2
from pathlib import Path

import pytest
from flask import Flask  # chapter 2
from flask.testing import FlaskClient  # chapter 2

from apps import create_app  # chapter 2


@pytest.fixture
def root() -> Path:
    """The project's own folder."""
    return Path(__file__).resolve().parent.parent


# region chapter 2: app
OURS = (
    "APP_CONFIG",
    "CHAPTERS_FOLDER",
    "CONFIG_FILE",
    "ENV_FILE",
    "INSTANCE_FOLDER",
    "LOG_",
    "SECRET_KEY",
    "SERVER_",
    "WERKZEUG_",
)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the settings that the reader's own shell holds."""
    for key in [key for key in os.environ if key.startswith(OURS)]:
        monkeypatch.delenv(key)


@pytest.fixture
def chapters(tmp_path: Path) -> Path:
    """A folder with two chapters: `one`, and `two` with a second part."""
    texts = {
        "01-one/README.md": "# Chapter 1: The first\n\nText one.\n",
        "02-two/README.md": "# Chapter 2: The second\n\nText two.\n",
        "02-two/2-more.md": "# Part 2: More of it\n\nText three, caf\u00e9.\n",
    }
    folder = tmp_path / "chapters"
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def settings(chapters: Path, tmp_path: Path) -> dict[str, object]:
    """What a test's app is told: to keep to the test's own folders."""
    return {
        "APP_CONFIG": "testing",
        "TESTING": True,
        "CHAPTERS_FOLDER": chapters,
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "instance",
    }


@pytest.fixture
def app(settings: dict[str, object]) -> Flask:
    """The app, as the tests configure it."""
    return create_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that asks the app without a network."""
    return app.test_client()


# endregion app
