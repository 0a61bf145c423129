"""A part of a chapter, as a resource."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade

import apps
from apps import create_app
from apps.chapter.backend import Catalogue
from apps.store.database import db

PART = "/api/v1/chapters/two/parts"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An app with two chapters, the second in two parts."""
    for path, text in [
        ("01-one/README.md", "# Chapter 1: The first\n"),
        ("02-two/README.md", "# Chapter 2: The second\n"),
        ("02-two/2-more.md", "# Part 2: More\n\nThere is *more*.\n"),
    ]:
        file = tmp_path / "chapters" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    settings = {
        "APP_CONFIG": "testing",
        "CHAPTERS_FOLDER": tmp_path / "chapters",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'lectern.db'}",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "instance",
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


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program that nobody knows."""
    return app.test_client()


def test_a_part_has_its_text(client: FlaskClient) -> None:
    """Anybody gets a part's number, title, address and text."""
    answer = client.get(f"{PART}/2")
    assert answer.status_code == 200
    assert answer.json == {
        "number": 2,
        "title": "More",
        "url": "/chapter/two/2-more",
        "text": "# Part 2: More\n\nThere is *more*.\n",
    }
    first = client.get(f"{PART}/1").json
    assert (first["title"], first["url"]) == ("The second", "/chapter/two")


def test_a_program_says_which_fields_it_wants(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schema has these fields; without the text, no text is read."""
    file = Path(apps.__file__).parent / "chapter" / "schemas" / "part.json"
    assert file.exists(), "write the schema apps/chapter/schemas/part.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    assert set(schema["properties"]) == {"number", "title", "url", "text"}
    read: list[object] = []
    monkeypatch.setattr(Catalogue, "text", lambda *found: read.append(found) or "")
    assert client.get(f"{PART}/2?only=title").json == {"title": "More"}
    assert "text" not in client.get(f"{PART}/2?exclude=text").json
    assert read == []
    assert client.get(f"{PART}/2?only=titel").status_code == 400


@pytest.mark.parametrize(
    "path", [f"{PART}/0", f"{PART}/3", f"{PART}/more", "/api/v1/chapters/no/parts/1"]
)
def test_what_is_not_there_is_a_problem(client: FlaskClient, path: str) -> None:
    """What isn't there is 404, as a problem."""
    assert client.get(f"{PART}/1").status_code == 200
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
