"""No password, no token and no session's key reaches a log, whatever goes wrong."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from apps.log.redaction import redact
from apps.store.database import db

OLD, NEW, WRONG = "correct horse battery", "staple gun saturday", "my other cat's name"
ADA = {"name": "ada", "email": "ada@example.org", "password": OLD}
OWN = {"Origin": "http://localhost"}


def test_the_hash_of_a_password_is_left_out() -> None:
    hashed = "it was $argon2id$v=19$m=65536,t=3,p=1$c2FsdA$hunter2"
    assert redact(hashed) == "it was $argon2id[redacted]"


def session_of(client: FlaskClient) -> list[str]:
    """Return what the browser holds, and the key inside."""
    cookie = client.get_cookie("session")
    assert cookie
    with client.session_transaction() as session:
        return [cookie.value, session["_user_id"]]


def test_accounts_leave_no_secret_in_the_logs(
    talkative: Flask, logged: Callable[[], str]
) -> None:
    client = talkative.test_client()

    def post(path: str, **body: object) -> int:
        return client.post(path, json=body, headers=OWN).status_code

    assert post("/user/register", **ADA) == 201
    assert post("/user/register", **ADA) == 409
    assert post("/user/login", name="ada", password=WRONG) == 401
    assert post("/user/login", name="ada", password=[NEW]) == 422
    assert post("/user/login", name="ada", password=OLD) == 200
    secrets = session_of(client)
    assert post("/user/password", old_password=WRONG, new_password=NEW) >= 400
    assert post("/user/password", old_password=OLD, new_password="short") >= 400
    assert post("/user/password", old_password=OLD, new_password=NEW) < 300
    secrets += session_of(client)
    assert client.get(f"/user/me?password={NEW}&token={secrets[1]}").status_code == 200
    half = f'{{"name": "ada", "password": "{NEW}'
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        client.post("/user/login", data=half, content_type=kind, headers=OWN)
    assert post("/user/logout") < 300
    text = logged()
    assert "/user/login" in text
    secrets += [OLD, NEW, WRONG, "$argon2id$v"]
    assert not [one for one in secrets if one in text]


def test_a_failing_query_leaves_no_secret_in_the_logs(
    talkative: Flask, logged: Callable[[], str]
) -> None:
    client = talkative.test_client()
    assert client.post("/user/register", json=ADA, headers=OWN).status_code == 201
    login = {"name": "ada", "password": OLD}
    assert client.post("/user/login", json=login, headers=OWN).status_code == 200
    secrets = session_of(client)
    with talkative.app_context():
        db.drop_all()
    other = {**ADA, "name": "eve", "email": "eve@example.org", "password": NEW}
    assert client.post("/user/register", json=other, headers=OWN).status_code == 500
    assert client.get("/user/me").status_code == 500
    text = logged()
    assert "OperationalError" in text
    assert not [one for one in [OLD, NEW, "$argon2id$v", *secrets] if one in text]
