"""`Prefer: return=minimal`: a note is kept, and not sent back."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from werkzeug.test import TestResponse

from apps import create_app
from apps.store.database import db
from apps.token import domain as tokens
from apps.user import domain as accounts

NOTES = "/api/v1/notes"
NOTE = {"part": "one/", "body": "A thought.", "tags": [], "shared": False}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An app with one chapter, and stores of its own."""
    folder = tmp_path / "chapters" / "01-one"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("# Chapter 1: The first\n", encoding="utf-8")
    settings = {
        "APP_CONFIG": "testing",
        "CHAPTERS_FOLDER": tmp_path / "chapters",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'lectern.db'}",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "instance",
        "MONGO_URL": "embedded",
        "REDIS_URL": "embedded",
    }
    app = create_app(settings)
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["redis"].close()
    app.extensions["mongo"].close()


@pytest.fixture
def ada(app: Flask) -> FlaskClient:
    """A program with a token of ada's."""
    with app.app_context():
        user = accounts.register("ada", "ada@example.org", "lantern quince 7")
        token = tokens.issue(user).fields()["access_token"]
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def write(
    client: FlaskClient, *prefer: str, key: str = "", **more: Any
) -> TestResponse:
    """Write a note, with what the program prefers, and a key."""
    headers = [("Prefer", each) for each in prefer]
    headers += [("Idempotency-Key", key)] if key else []
    return client.post(NOTES, json={**NOTE, **more}, headers=headers)


def is_short(answer: TestResponse) -> bool:
    """Tell whether an answer has no body; both forms are looked at closely."""
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].startswith(f"{NOTES}/")
    short = "Preference-Applied" in answer.headers
    if short:
        assert answer.headers["Preference-Applied"] == "return=minimal"
        assert answer.data == b""
    else:
        assert answer.json["body"] == "A thought."
    return short


def test_the_note_is_not_sent_back(ada: FlaskClient) -> None:
    """Who prefers return=minimal gets 201 and the address, and no body."""
    answer = write(ada, "return=minimal")
    assert is_short(answer)
    assert ada.get(answer.headers["Location"]).json["body"] == "A thought."


@pytest.mark.parametrize(
    ("prefer", "short"),
    [
        (["respond-async, return=minimal"], True),
        (["respond-async", "return=minimal"], True),
        (['Return="minimal"'], True),
        (["return = minimal; because=slow"], True),
        (["return=minimal, return=representation"], True),
        (["return=representation, return=minimal"], False),
        (["return=representation"], False),
        (["minimal"], False),
        (["wait=10"], False),
        ([], False),
    ],
)
def test_what_is_preferred_can_be_said_in_many_ways(
    ada: FlaskClient, prefer: list[str], short: bool
) -> None:
    """All spellings of it are understood, and what is something else is left alone."""
    assert is_short(write(ada, "return=minimal"))
    assert is_short(write(ada, *prefer)) == short


def test_a_refusal_says_why(ada: FlaskClient) -> None:
    """A note that is refused is refused as without the header."""
    assert is_short(write(ada, "return=minimal"))
    answer = write(ada, "return=minimal", part="none/")
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert "Preference-Applied" not in answer.headers


def test_sent_again_it_is_one_note(ada: FlaskClient) -> None:
    """With a key it is one note; asked again without the header, it is shown."""
    first = write(ada, "return=minimal", key="key-1")
    again = write(ada, "return=minimal", key="key-1")
    assert is_short(first)
    assert is_short(again)
    whole = write(ada, key="key-1")
    assert not is_short(whole)
    addresses = {each.headers["Location"] for each in (first, again, whole)}
    assert len(addresses) == 1
    assert len(ada.get(NOTES).json["items"]) == 1
