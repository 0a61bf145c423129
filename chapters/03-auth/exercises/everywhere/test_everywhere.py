"""A way to log out of every browser at once."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade

from apps import create_app
from apps.store.database import db

EVERYWHERE = "/user/logout/everywhere"
PHRASE = "correct horse battery"

LogIn = Callable[[str], FlaskClient]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An app with a database of its own, in which Ada and Grace have accounts."""
    app = create_app(
        {
            "APP_CONFIG": "testing",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'lectern.db'}",
            "ENV_FILE": os.devnull,
            "INSTANCE_FOLDER": tmp_path / "instance",
        }
    )
    with app.app_context():
        upgrade()
    for name in ("ada", "grace"):
        account = {"name": name, "email": f"{name}@example.org", "password": PHRASE}
        assert app.test_client().post("/user/register", json=account).status_code == 201
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def log_in(app: Flask) -> LogIn:
    """Call it with a name to get a browser in which that reader is logged in."""

    def begin(name: str) -> FlaskClient:
        browser = app.test_client()
        answer = browser.post("/user/login", json={"name": name, "password": PHRASE})
        assert answer.status_code == 200
        return browser

    return begin


def leave(browser: FlaskClient) -> None:
    """Log out everywhere; fails unless that is answered with 204."""
    answer = browser.post(EVERYWHERE, json={})
    assert answer.status_code == 204, f"the answer is {answer.status}"
    assert answer.data == b""


def test_this_browser_is_logged_out(log_in: LogIn) -> None:
    """Logging out everywhere is answered with 204, and ends this session."""
    here = log_in("ada")
    leave(here)
    assert here.get("/user/me").status_code == 401


def test_other_browsers_are_logged_out(log_in: LogIn) -> None:
    """The same reader's other browsers are logged out as well."""
    here, library, phone = log_in("ada"), log_in("ada"), log_in("ada")
    leave(here)
    for other in (library, phone):
        status = other.get("/user/me").status_code
        assert status == 401, f"another browser still gets {status}"


def test_other_readers_stay(log_in: LogIn) -> None:
    """Nobody else is logged out, and the reader can log in again."""
    ada, grace = log_in("ada"), log_in("grace")
    leave(ada)
    assert grace.get("/user/me").json["name"] == "grace"
    assert log_in("ada").get("/user/me").json["name"] == "ada"


def test_strangers_and_foreign_forms_are_refused(app: Flask, log_in: LogIn) -> None:
    """A stranger gets 401, a form 415; neither ends a session."""
    ada = log_in("ada")
    stranger = app.test_client().post(EVERYWHERE, json={})
    assert stranger.status_code == 401, f"a stranger gets {stranger.status}"
    assert ada.post(EVERYWHERE, data={"sure": "yes"}).status_code == 415
    assert ada.get("/user/me").status_code == 200
