"""What a program may know of its token."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade

from apps import create_app
from apps.store.database import db

ADDRESS = "/user/token"
ADA = {"name": "ada", "password": "correct horse battery"}
BASIC = ("ada", "correct horse battery")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An app with a database of its own, in which Ada has an account."""
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
    account = {**ADA, "email": "ada@example.org"}
    assert app.test_client().post("/user/register", json=account).status_code == 201
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that is not logged in."""
    return app.test_client()


@pytest.fixture
def bearer(client: FlaskClient) -> dict[str, str]:
    """The header with Ada's token."""
    answer = client.post(ADDRESS, auth=BASIC)
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def test_it_says_whose_it_is(client: FlaskClient, bearer: dict[str, str]) -> None:
    """A good token is answered with its reader's name and its seconds."""
    answer = client.get(ADDRESS, headers=bearer)
    assert answer.status_code == 200, f"it should be 200, and is {answer.status}"
    assert set(answer.json) == {"name", "expires_in"}
    assert answer.json["name"] == "ada"
    assert type(answer.json["expires_in"]) is int
    assert 840 < answer.json["expires_in"] <= 900


def test_the_seconds_get_fewer(
    client: FlaskClient, bearer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute later it counts for a minute less."""
    later = datetime.now(UTC) + timedelta(minutes=1)
    monkeypatch.setattr("apps.clock.now", lambda: later)
    answer = client.get(ADDRESS, headers=bearer)
    assert answer.status_code == 200, f"it should be 200, and is {answer.status}"
    assert 780 < answer.json["expires_in"] <= 840


def test_it_is_for_tokens_alone(app: Flask, client: FlaskClient) -> None:
    """Strangers and browsers get 401, which asks for a token."""
    browser = app.test_client()
    assert browser.post("/user/login", json=ADA).status_code == 200
    for asks in (client, browser):
        answer = asks.get(ADDRESS)
        assert answer.status_code == 401, f"it should be 401, and is {answer.status}"
        assert answer.www_authenticate.type == "bearer"


def test_the_rest_stays(client: FlaskClient, bearer: dict[str, str]) -> None:
    """Nobody keeps the answer; POST and DELETE do what they did."""
    answer = client.get(ADDRESS, headers=bearer)
    assert answer.status_code == 200, f"it should be 200, and is {answer.status}"
    kept = answer.headers.get("Cache-Control")
    assert kept == "no-store", f"Cache-Control should be no-store, and is {kept}"
    assert client.post(ADDRESS, headers=bearer).status_code == 401
    assert client.delete(ADDRESS, headers=bearer).status_code == 204
    assert client.get(ADDRESS, headers=bearer).status_code == 401
