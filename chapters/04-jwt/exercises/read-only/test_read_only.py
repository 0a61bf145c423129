"""A token that may read and nothing else."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from flask.testing import FlaskClient
from flask_migrate import upgrade

from apps import create_app
from apps.store.database import db

ADDRESS, READ_ONLY = "/user/token", "/user/token/read-only"
PHRASE, OTHER = "correct horse battery", "staple after staple"
CHANGE = {"old_password": PHRASE, "new_password": OTHER}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of an app with a database of its own, in which Ada has an account."""
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
    client = app.test_client()
    account = {"name": "ada", "email": "ada@example.org", "password": PHRASE}
    assert client.post("/user/register", json=account).status_code == 201
    yield client
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def pair(client: FlaskClient) -> dict[str, str]:
    """What Ada gets for her password."""
    answer = client.post(ADDRESS, auth=("ada", PHRASE))
    assert answer.status_code == 200
    return answer.json


@pytest.fixture
def weak(client: FlaskClient, pair: dict[str, str]) -> str:
    """A token that may only read."""
    answer = client.post(READ_ONLY, headers=bearer(pair["access_token"]))
    assert answer.status_code == 200, f"the answer is {answer.status}"
    return answer.json["access_token"]


def bearer(token: str) -> dict[str, str]:
    """Send a token along."""
    return {"Authorization": f"Bearer {token}"}


def status(client: FlaskClient, token: str) -> int:
    """Read with a token."""
    return client.get("/user/me", headers=bearer(token)).status_code


def test_a_token_gives_one_that_reads(
    client: FlaskClient, pair: dict[str, str]
) -> None:
    """A good token gets a token that reads, and none to renew it with."""
    answer = client.post(READ_ONLY, headers=bearer(pair["access_token"]))
    assert answer.status_code == 200, f"the answer is {answer.status}"
    assert set(answer.json) == {"access_token", "token_type", "expires_in"}
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.json["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["scope"] == "read"
    assert claims["exp"] - claims["iat"] == 900
    assert client.get("/user/me", headers=bearer(token)).json["name"] == "ada"


def test_it_changes_nothing(
    client: FlaskClient, pair: dict[str, str], weak: str
) -> None:
    """With any other method it is refused, and nothing happens."""
    headers = bearer(weak)
    for answer in (
        client.post("/user/password", json=CHANGE, headers=headers),
        client.delete(ADDRESS, headers=headers),
        client.post(READ_ONLY, headers=headers),
        client.post("/user/logout", headers=headers),
    ):
        path = answer.request.path
        assert answer.status_code == 403, f"{path} is answered with {answer.status}"
    assert client.head("/user/me", headers=headers).status_code == 200
    assert status(client, weak) == 200
    assert client.post(ADDRESS, auth=("ada", PHRASE)).status_code == 200


def test_the_403_says_why(client: FlaskClient, weak: str) -> None:
    """The 403 is problem JSON and names the error of the standard."""
    answer = client.delete(ADDRESS, headers=bearer(weak))
    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"
    assert answer.www_authenticate.type == "bearer", "there is no WWW-Authenticate"
    assert answer.www_authenticate["error"] == "insufficient_scope"


def test_the_scope_cannot_be_taken_out(
    client: FlaskClient, pair: dict[str, str], weak: str
) -> None:
    """A token whose scope was taken out is refused; ordinary ones are not."""
    head, _, signature = weak.split(".")
    claims = jwt.decode(weak, options={"verify_signature": False})
    del claims["scope"]
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    assert status(client, f"{head}.{body}.{signature}") == 401
    headers = bearer(pair["access_token"])
    changed = client.post("/user/password", json=CHANGE, headers=headers)
    assert changed.status_code == 204


def test_it_ends_with_its_family(
    client: FlaskClient, pair: dict[str, str], weak: str
) -> None:
    """When the family or the password ends, so does it."""
    headers = bearer(pair["access_token"])
    body = {"refresh_token": pair["refresh_token"]}
    assert client.delete(ADDRESS, json=body, headers=headers).status_code == 204
    assert status(client, weak) == 401
    again = client.post(ADDRESS, auth=("ada", PHRASE)).json
    headers = bearer(again["access_token"])
    second = client.post(READ_ONLY, headers=headers).json["access_token"]
    assert status(client, second) == 200
    client.post("/user/password", json=CHANGE, headers=headers)
    assert status(client, second) == 401
