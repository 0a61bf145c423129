"""A search that found nothing offers what was meant."""

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from apps import create_app

PAGE = {"Accept": "text/html"}


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """The text of the first of two chapters."""
    folder = tmp_path / "chapters"
    for name, text in {
        "01-light": "# Chapter 1: Light\n\nThe old lantern needs oil.\n",
        "02-app": "# Chapter 2: App\n\nEvery blueprint has a name.\n",
    }.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "README.md").write_text(text, encoding="utf-8")
    return folder / "01-light" / "README.md"


@pytest.fixture
def client(text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of an app with these chapters, which looks at them at each search."""
    monkeypatch.setattr("apps.search.index.CHECK_INTERVAL_SECONDS", 0.0)
    settings = {
        "APP_CONFIG": "testing",
        "CHAPTERS_FOLDER": text.parent.parent,
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "instance",
    }
    return create_app(settings).test_client()


def answer_to(client: FlaskClient, asked: str) -> dict[str, object]:
    """Search as a program does; return the JSON."""
    answer = client.get("/search", query_string={"q": asked})
    assert answer.status_code == 200, f"{asked!r} is answered with {answer.status}"
    return dict(answer.json)


def test_a_misspelt_word_is_offered_as_it_is_spelt(client: FlaskClient) -> None:
    """The JSON says what was meant, where nothing was found."""
    answer = answer_to(client, "lantren")
    assert answer == {"q": "lantren", "hits": [], "meant": "lantern"}
    assert answer_to(client, "BLUEPRITN").get("meant") == "blueprint"


def test_the_page_has_a_link(client: FlaskClient) -> None:
    """The page links to the search for what was meant, and escapes it."""
    page = client.get("/search?q=lantren", headers=PAGE).text
    assert 'href="/search?q=lantern">lantern</a>' in page
    asked = {"q": "<>lantren"}
    page = client.get("/search", query_string=asked, headers=PAGE).text
    assert ">&lt;&gt;lantern</a>" in page
    assert "<>" not in page


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("old lantren", "old lantern"),
        ("Old LANTREN", "Old lantern"),
        ('"old lantren"', '"old lantern"'),
        ("old, lantren!", "old, lantern!"),
        ("lantren nedes", "lantern needs"),
    ],
)
def test_what_is_known_stays(client: FlaskClient, asked: str, meant: str) -> None:
    """Only words that no text has are replaced; the rest stays as it was typed."""
    assert answer_to(client, asked).get("meant") == meant


@pytest.mark.parametrize("asked", ["lantern", "xyzzyxyzzy", "", "?!"])
def test_without_an_offer_all_is_as_before(client: FlaskClient, asked: str) -> None:
    """A search that found something, or has nothing to offer, is as it was."""
    assert answer_to(client, "lantren").get("meant"), "nothing is offered at all"
    assert set(answer_to(client, asked)) == {"q", "hits"}
    page = client.get("/search", query_string={"q": asked}, headers=PAGE).text
    assert "/search?q=" not in page


@pytest.mark.parametrize("asked", ["blueprint lantern", "blueprint lantren"])
def test_an_offer_finds_something(client: FlaskClient, asked: str) -> None:
    """Words that stand in no text together are not offered."""
    assert answer_to(client, "lantren").get("meant"), "nothing is offered at all"
    assert "meant" not in answer_to(client, asked)


def test_a_new_word_can_be_meant(client: FlaskClient, text: Path) -> None:
    """A word that came into a text a moment ago is offered."""
    assert "meant" not in answer_to(client, "telescpoe")
    text.write_text("# Chapter 1: Light\n\nA telescope.\n", encoding="utf-8")
    assert answer_to(client, "telescpoe").get("meant") == "telescope"
