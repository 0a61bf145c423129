"""The length of a chapter, at an address of its own."""

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from apps import create_app


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """A client of an app with two chapters, the second in two parts."""
    texts = {
        "01-short/README.md": "# Chapter 1: Short\n\nThree  words\nmore.\n",
        "02-long/README.md": "# Chapter 2: Long\n",
        "02-long/2-rest.md": "# Part 2: The rest\n\nOf it.\n",
    }
    for name, text in texts.items():
        path = tmp_path / "chapters" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    settings = {
        "APP_CONFIG": "testing",
        "CHAPTERS_FOLDER": tmp_path / "chapters",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "instance",
    }
    return create_app(settings).test_client()


def test_a_person_gets_the_number(client: FlaskClient) -> None:
    """The address answers with the number of words, as text."""
    answer = client.get("/chapter/short/words")
    assert answer.status_code == 200, f"the answer is {answer.status}"
    assert answer.mimetype == "text/plain"
    assert answer.text == "7\n"


def test_all_parts_count(client: FlaskClient) -> None:
    """The words of all parts are counted together."""
    assert client.get("/chapter/long/words").text == "11\n"


def test_a_program_gets_json(client: FlaskClient) -> None:
    """A program that asks for JSON gets the slug and the number."""
    headers = {"Accept": "application/json"}
    answer = client.get("/chapter/long/words", headers=headers)
    assert answer.json == {"slug": "long", "words": 11}


def test_other_addresses_stay(client: FlaskClient) -> None:
    """An unknown chapter is 404, and the parts are read as before."""
    assert client.get("/chapter/short/words").status_code == 200
    missing = client.get("/chapter/none/words")
    assert missing.status_code == 404
    assert missing.json["detail"] == "There is no chapter 'none'."
    assert client.get("/chapter/long/2-rest").text.startswith("# Part 2")
