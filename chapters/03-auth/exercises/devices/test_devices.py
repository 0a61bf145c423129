"""A list of the places in which a reader is logged in."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from apps import clock, create_app
from apps.store.database import db

SESSIONS = "/user/sessions"
PHRASE = "correct horse battery"

LogIn = Callable[..., FlaskClient]


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
    """Call it with a name and an agent to get a browser that is logged in."""

    def begin(name: str, agent: str = "curl/8") -> FlaskClient:
        browser = app.test_client()
        answer = browser.post(
            "/user/login",
            json={"name": name, "password": PHRASE},
            headers={"User-Agent": agent},
        )
        assert answer.status_code == 200
        return browser

    return begin


def listed(browser: FlaskClient) -> list[dict[str, object]]:
    """Return the list that a browser gets; fails where it gets none."""
    answer = browser.get(SESSIONS)
    assert answer.status_code == 200, f"{SESSIONS} is answered with {answer.status}"
    found: list[dict[str, object]] = answer.json["sessions"]
    return found


def end(browser: FlaskClient, name: object) -> int:
    """Ask to end a session; return the status."""
    return browser.delete(f"{SESSIONS}/{name}", json={}).status_code


def test_the_list_says_where_and_since_when(log_in: LogIn) -> None:
    """The newest session comes first; each tells its agent and its times."""
    log_in("ada", "Firefox")
    log_in("ada", "")
    here = log_in("ada", "x" * 300)
    found = listed(here)
    assert [one["agent"] for one in found] == ["x" * 200, "", "Firefox"]
    assert [one["current"] for one in found] == [True, False, False]
    for one in found:
        for key in ("created_at", "seen_at"):
            assert str(one[key]).endswith("+00:00"), f"{key} is {one.get(key)!r}"


def test_one_of_them_can_be_ended(app: Flask, log_in: LogIn) -> None:
    """Its id opens nothing, but ends the session; an unknown one is 404."""
    library, here = log_in("ada", "library"), log_in("ada", "here")
    ids = [str(one["id"]) for one in listed(here)]
    with app.app_context():
        hashes = db.session.execute(text("SELECT key_hash FROM user_session")).scalars()
        assert not set(ids) & set(hashes), "an id is the whole hash of a key"
    assert end(here, ids[1]) == 204
    assert library.get("/user/me").status_code == 401
    assert [one["agent"] for one in listed(here)] == ["here"]
    again = here.delete(f"{SESSIONS}/{ids[1]}", json={})
    assert again.status_code == 404
    assert again.json["detail"] == "There is no such session."


def test_other_readers_keep_theirs(app: Flask, log_in: LogIn) -> None:
    """A reader sees and ends no session of another; a stranger gets 401."""
    ada, grace = log_in("ada", "ada's"), log_in("grace", "grace's")
    assert [one["agent"] for one in listed(grace)] == ["grace's"]
    (other,) = listed(ada)
    assert end(grace, other["id"]) == 404
    assert ada.get("/user/me").status_code == 200
    stranger = app.test_client()
    assert stranger.get(SESSIONS).status_code == 401
    assert end(stranger, other["id"]) == 401


def test_ended_sessions_are_not_listed(
    log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that nobody used for 24 hours is not in the list."""
    begun = clock.now()
    moment = begun
    monkeypatch.setattr("apps.clock.now", lambda: moment)
    log_in("ada", "library")
    here = log_in("ada", "here")
    for hours in (20, 40):
        moment = begun + timedelta(hours=hours)
        found = [one["agent"] for one in listed(here)]
    assert found == ["here"]


def test_whoever_was_logged_in_still_is(app: Flask, log_in: LogIn) -> None:
    """The migration keeps the old sessions, and agrees with the models."""
    here = log_in("ada", "here")
    with app.app_context():
        downgrade(revision="0302")
        columns = {
            column["name"] for column in inspect(db.engine).get_columns("user_session")
        }
        assert "agent" not in columns
        upgrade()
        checked = app.test_cli_runner().invoke(args=["db", "check"])
    assert [one["agent"] for one in listed(here)] == [""]
    assert checked.exit_code == 0, checked.output
