"""No password, no token and no session's key reaches a log, whatever goes wrong."""

import base64  # chapter 4
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps import create_app, log
from apps.database import db

OLD, NEW, WRONG = "correct horse battery", "staple gun saturday", "my other cat's name"
ADA = {"name": "ada", "email": "ada@example.org", "password": OLD}
OWN = {"Origin": "http://localhost"}


@pytest.fixture
def app(settings: dict[str, object]) -> Iterator[Flask]:
    """The app, logging all that it can, in which every view's body is logged too."""
    talkative = ["sqlalchemy", "werkzeug", "flask_login", "alembic"]
    levels = {name: logging.getLogger(name).level for name in talkative}
    app = create_app({**settings, "LOG_LEVEL": "DEBUG", "PROPAGATE_EXCEPTIONS": False})
    for name in talkative:
        logging.getLogger(name).setLevel(logging.DEBUG)
    for endpoint, view in app.view_functions.items():
        recorded = log.log_record(view)
        recorded.__dict__.update(vars(view))
        app.view_functions[endpoint] = recorded
    yield app
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def logged(app: Flask, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Read all that was logged: the files and the console."""

    def read() -> str:
        files = Path(app.instance_path, "logs").glob("*.log")
        console = capfd.readouterr()
        return "".join(
            [console.out, console.err, *(file.read_text("utf-8") for file in files)]
        )

    return read


def session_of(app: Flask, client: FlaskClient) -> list[str]:
    """Return what the browser holds, and the key inside."""
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie
    with client.session_transaction() as session:
        return [cookie.value, session["_user_id"]]


def secrets_in(text: str, secrets: list[str]) -> list[str]:
    """List the secrets that a text gives away, each with where it does."""
    lines = text.splitlines()
    return [f"{one!r} in {line}" for one in secrets for line in lines if one in line]


def test_accounts_leave_no_secret_in_the_logs(
    app: Flask, client: FlaskClient, logged: Callable[[], str]
) -> None:
    def post(path: str, **body: object) -> int:
        return client.post(path, json=body, headers=OWN).status_code

    assert post("/user/register", **ADA) == 201
    assert post("/user/register", **ADA) == 409
    assert post("/user/login", name="ada", password=WRONG) == 401
    assert post("/user/login", name="ada", password=[NEW]) == 422
    assert post("/user/login", name="ada", password=OLD) == 200
    secrets = session_of(app, client)
    assert post("/user/password", old_password=WRONG, new_password=NEW) >= 400
    assert post("/user/password", old_password=OLD, new_password="short") >= 400
    assert post("/user/password", old_password=OLD, new_password=NEW) < 300
    secrets += session_of(app, client)
    assert client.get(f"/user/me?password={NEW}&token={secrets[1]}").status_code == 200
    half = f'{{"name": "ada", "password": "{NEW}'
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        client.post("/user/login", data=half, content_type=kind, headers=OWN)
    assert post("/user/logout") < 300
    text = logged()
    assert "/user/login" in text
    assert not secrets_in(text, [OLD, NEW, WRONG, "$argon2id$v", *secrets])


def test_a_failing_query_leaves_no_secret_in_the_logs(
    app: Flask, client: FlaskClient, logged: Callable[[], str]
) -> None:
    assert client.post("/user/register", json=ADA, headers=OWN).status_code == 201
    login = {"name": "ada", "password": OLD}
    assert client.post("/user/login", json=login, headers=OWN).status_code == 200
    secrets = session_of(app, client)
    with app.app_context():
        db.drop_all()
    other = {**ADA, "name": "eve", "email": "eve@example.org", "password": NEW}
    assert client.post("/user/register", json=other, headers=OWN).status_code == 500
    assert client.get("/user/me").status_code == 500
    text = logged()
    assert "OperationalError" in text
    assert not secrets_in(text, [OLD, NEW, "$argon2id$v", *secrets])


# region chapter 4: tokens
def test_tokens_are_in_no_log(client: FlaskClient, logged: Callable[[], str]) -> None:
    assert client.post("/user/register", json=ADA, headers=OWN).status_code == 201
    basic = base64.b64encode(f"ada:{OLD}".encode()).decode()
    given = client.post("/user/token", headers={"Authorization": f"Basic {basic}"})
    access, refresh = given.json["access_token"], given.json["refresh_token"]
    bearer = {"Authorization": f"Bearer {access}"}
    assert client.get("/user/me", headers=bearer).status_code == 200
    assert client.get(f"/user/me?access_token={access}").status_code == 401
    body = {"refresh_token": refresh}
    rotated = client.post("/user/token/refresh", json=body, headers=OWN)
    secrets = [access, refresh, *rotated.json.values()]
    client.post("/user/token/refresh", json=body, headers=OWN)
    client.delete("/user/token", json=body, headers=bearer)
    tampered = {"Authorization": f"Bearer {access}x"}
    assert client.get("/user/me", headers=tampered).status_code == 401
    texts = [one for one in secrets if isinstance(one, str) and len(one) > 20]
    assert len(texts) == 4
    assert not secrets_in(logged(), [OLD, basic, *texts])


# endregion tokens
