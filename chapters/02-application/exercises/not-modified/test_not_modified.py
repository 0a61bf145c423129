"""Texts that are not sent again to whoever has them."""

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from apps import create_app


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """The text of the only chapter."""
    path = tmp_path / "chapters" / "01-one" / "README.md"
    path.parent.mkdir(parents=True)
    path.write_text("# Chapter 1: One\n\nAs it was.\n", encoding="utf-8")
    return path


@pytest.fixture
def client(text: Path, tmp_path: Path) -> FlaskClient:
    """A client of an app with that chapter."""
    settings = {
        "APP_CONFIG": "testing",
        "CHAPTERS_FOLDER": text.parent.parent,
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "instance",
    }
    return create_app(settings).test_client()


def tag(client: FlaskClient, path: str, **headers: str) -> str:
    """Return the tag of an answer; fails where it has none."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, f"{path} is answered with {answer.status}"
    assert "ETag" in answer.headers, f"the answer to {path} has no ETag"
    return answer.headers["ETag"]


def test_a_text_has_a_tag(client: FlaskClient) -> None:
    """A text has an ETag, and the same text has the same one."""
    assert tag(client, "/chapter/one") == tag(client, "/chapter/one")


def test_a_known_tag_is_304(client: FlaskClient) -> None:
    """Whoever sends the tag gets 304 without a body."""
    for path in ("/chapter/one", "/chapter/"):
        headers = {"If-None-Match": tag(client, path)}
        answer = client.get(path, headers=headers)
        assert answer.status_code == 304, f"{path} is answered with {answer.status}"
        assert answer.data == b""
        assert answer.headers["ETag"] == headers["If-None-Match"]


def test_a_changed_text_is_sent_again(client: FlaskClient, text: Path) -> None:
    """An old tag gets the new text, with a new tag."""
    old = tag(client, "/chapter/one")
    text.write_text("# Chapter 1: One\n\nAs it is.\n", encoding="utf-8")
    answer = client.get("/chapter/one", headers={"If-None-Match": old})
    assert answer.status_code == 200
    assert "As it is." in answer.text
    assert answer.headers["ETag"] != old


def test_forms_have_their_own_tags(client: FlaskClient) -> None:
    """JSON and text have different tags, and an error has none."""
    plain = tag(client, "/chapter/one")
    assert tag(client, "/chapter/one", Accept="application/json") != plain
    missing = client.get("/chapter/none")
    assert missing.status_code == 404
    assert "ETag" not in missing.headers
