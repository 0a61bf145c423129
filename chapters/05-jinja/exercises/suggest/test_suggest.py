"""A form of one field, and what becomes of the text."""

import html
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps import create_app
from apps.store.database import db
from apps.user import domain

PASSWORD = "correct horse battery"  # noqa: S105
BROWSER = {"HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_SITE": "same-origin"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An app with one chapter and one reader, ada."""
    text = tmp_path / "chapters" / "01-one" / "README.md"
    text.parent.mkdir(parents=True)
    text.write_text("# Chapter 1: One\n\nText.\n", encoding="utf-8")
    (tmp_path / "instance").mkdir()
    settings = {
        "APP_CONFIG": "testing",
        "CHAPTERS_FOLDER": text.parent.parent,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'lectern.db'}",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "instance",
    }
    app = create_app(settings)
    with app.app_context():
        db.create_all()
        domain.register("ada", "ada@example.org", PASSWORD)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def ada(app: Flask) -> FlaskClient:
    """The browser of ada, who is logged in."""
    client = app.test_client()
    client.environ_base |= BROWSER
    body = {"name": "ada", "password": PASSWORD}
    assert client.post("/user/login", json=body).status_code == 200
    return client


def page(client: FlaskClient) -> str:
    """Fetch the page with the form."""
    answer = client.get("/suggest")
    assert answer.status_code == 200, f"GET /suggest is answered with {answer.status}"
    return answer.text


def fields(client: FlaskClient, text: str) -> dict[str, str]:
    """Fill the form in."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page(client))
    assert token, "the form on /suggest has no csrf_token"
    return {"csrf_token": token[1], "text": text}


def kept(app: Flask) -> list[str]:
    """Read the suggestions that were kept."""
    path = Path(app.instance_path, "suggestions.txt")
    return path.read_text("utf-8").splitlines() if path.exists() else []


def test_a_page_with_a_form(app: Flask, ada: FlaskClient) -> None:
    """A reader gets a page with a field `text` and its label; a stranger logs in."""
    text = page(ada)
    assert '<main id="the_text">' in text, "the page does not extend base.html"
    field = re.search(r'<(?:input|textarea) [^>]*name="text"[^>]*>', text)
    assert field, "there is no field with the name `text`"
    number = re.search(r'id="([^"]+)"', field[0])
    assert number, "the field has no id"
    assert f'for="{number[1]}"' in text, "the field has no label"
    stranger = app.test_client()
    stranger.environ_base |= BROWSER
    answer = stranger.get("/suggest")
    assert (answer.status_code, answer.location) == (303, "/login?next=/suggest")


def test_a_suggestion_is_kept(app: Flask, ada: FlaskClient) -> None:
    """What was sent is kept as one line, and its reader is thanked once."""
    answer = ada.post("/suggest", data=fields(ada, "more diagrams"))
    assert (answer.status_code, answer.location) == (303, "/chapter/")
    assert "Thank you." in ada.get("/").text
    assert "Thank you." not in ada.get("/").text
    ada.post("/suggest", data=fields(ada, "caf\u00e9s,\r\nand  an index\u2028 too "))
    assert kept(app) == ["more diagrams", "caf\u00e9s, and an index too"]


def test_a_bad_text_is_422(app: Flask, ada: FlaskClient) -> None:
    """No text, or too much of it, is refused beside the field, which keeps it."""
    for text in ("", "   ", "<b>" * 101):
        answer = ada.post("/suggest", data=fields(ada, text))
        assert answer.status_code == 422, f"{text!r:.20}: {answer.status}"
        assert 'aria-invalid="true"' in answer.text
        assert html.escape(text) in answer.text, "what was typed is gone"
    assert "<b><b>" not in answer.text, "what was typed is not escaped"
    answer = ada.post("/suggest", data=fields(ada, "x" * 300))
    assert answer.status_code == 303
    assert kept(app) == ["x" * 300]


def test_only_our_own_form_counts(app: Flask, ada: FlaskClient) -> None:
    """Without the token it is 400, from a foreign origin 403; nothing is kept."""
    sent = fields(ada, "mine")
    assert ada.post("/suggest", data={"text": "theirs"}).status_code == 400
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert ada.post("/suggest", data=sent, headers=foreign).status_code == 403
    assert kept(app) == []
