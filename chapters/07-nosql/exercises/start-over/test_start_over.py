"""A button that forgets what somebody has read."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from werkzeug.test import TestResponse

from apps import create_app
from apps.progress import backend
from apps.store.database import db
from apps.user import domain as accounts

PHRASE = "lantern quince 7"
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
AWAY = "unix:///dev/null"

Build = Callable[..., Flask]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Build an app with a database of its own, and with a Redis or without."""
    folder = tmp_path / "chapters" / "01-one"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("# One\n", encoding="utf-8")
    settings = {
        "APP_CONFIG": "testing",
        "CHAPTERS_FOLDER": tmp_path / "chapters",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'lectern.db'}",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "instance",
        "SECRET_KEY": "0123456789" * 4,
    }
    built = []

    def build(redis: str | None = None) -> Flask:
        app = create_app(settings | {"REDIS_URL": redis or "embedded"})
        with app.app_context():
            upgrade()
        built.append(app)
        return app

    yield build
    for app in built:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        app.extensions["redis"].close()


def log_in(app: Flask, name: str) -> FlaskClient:
    """Return a browser in which somebody is logged in, after registering if new."""
    with app.app_context():
        user = accounts.find(name)
        if user is None:
            user = accounts.register(name, f"{name}@example.org", PHRASE)
    client = app.test_client()
    login = {"name": name, "password": PHRASE}
    answer = client.post("/user/login", json=login, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return client


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form with a token of ours."""
    found = TOKEN.search(client.get("/account", headers=BROWSER).text)
    assert found
    form = {"csrf_token": found[1], **fields}
    return client.post(path, data=form, headers=BROWSER)


def has_button(client: FlaskClient) -> bool:
    """Tell whether the account page has the button."""
    page = client.get("/account", headers=BROWSER)
    assert page.status_code == 200
    return 'action="/progress/start-over"' in page.text


def read(app: Flask, name: str) -> dict[str, str]:
    """Return what somebody has read."""
    with app.app_context():
        user = accounts.find(name)
        assert user
        return backend.overview(user.id, 1)[0]


def test_the_button_is_there_for_who_has_read(build: Build) -> None:
    """The account page has a button Start over once something was read."""
    ada = log_in(build(), "ada")
    assert not has_button(ada)
    assert send(ada, "/progress", part="one/", read="yes").status_code == 303
    assert has_button(ada)


def test_it_forgets_all_that_was_read(build: Build) -> None:
    """The button forgets everything, and leads to the contents."""
    app = build()
    ada = log_in(app, "ada")
    send(ada, "/progress", part="one/", read="yes")
    answer = send(ada, "/progress/start-over")
    assert (answer.status_code, answer.location) == (303, "/chapter/")
    assert read(app, "ada") == {}
    assert not has_button(ada)


def test_nobody_elses_progress_changes(build: Build) -> None:
    """Others keep theirs; a stranger, or a form without our token, is refused."""
    app = build()
    ada, bob = log_in(app, "ada"), log_in(app, "bob")
    for client in (ada, bob):
        send(client, "/progress", part="one/", read="yes")
    form = {"csrf_token": "none"}
    stranger = app.test_client().post(
        "/progress/start-over", data=form, headers=BROWSER
    )
    assert stranger.status_code in (303, 401)
    answer = ada.post("/progress/start-over", data=form, headers=BROWSER)
    assert answer.status_code == 400
    assert list(read(app, "ada")) == ["one/"]
    assert send(ada, "/progress/start-over").status_code == 303
    assert list(read(app, "bob")) == ["one/"]


def test_while_redis_is_away_it_says_later(build: Build) -> None:
    """Without Redis the page is shown without the button, which answers 503."""
    log_in(build(), "ada")
    ada = log_in(build(AWAY), "ada")
    assert not has_button(ada)
    answer = send(ada, "/progress/start-over")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
