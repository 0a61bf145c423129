"""Texts as people write them: which line is the title, and what is none of the text."""

from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from markdown_it.token import Token

from apps.chapter.heading import BLOCKS, title_of, without_notes

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Chapter 3: Logging in\n", "Logging in"),
        ("# Part 2: Chapter 1: x", "Chapter 1: x"),
        ("   # Title #\n", "Title"),
        ("Title\n=====\n", "Title"),
        ("An opening.\n\n# Title\n", "Title"),
        ("```sh\n# a comment\n```\n\n# Title\n", "Title"),
        ("~~~\n# never closed\n", ""),
        ("    # indented code\n\n# Title\n", "Title"),
        ("> # quoted\n\n# Title\n", "Title"),
        ("<!-- # hidden -->\n# Title\n", "Title"),
        ("<!--\n\n# hidden\n\n-->\n\n# Title\n", "Title"),
        ("# `A` *b* **c** [d](/x) ![e](x.png)\n", "A b c d e"),
        ("# AT&amp;T \\*or\\* <b>\U0001f600</b>\n", "AT&T *or* <b>\U0001f600</b>"),
        ("# x < y\n", "x < y"),
        ("#no title\n\n## A section\n", ""),
        ("", ""),
        ("# \n", ""),
        ("words\n\n" * 2000 + "# Title\n", "Title"),
        ("# " + "x" * 10_000, "x" * 199 + "\u2026"),
    ],
)
def test_the_title_is_the_first_heading_in_words(text: str, title: str) -> None:
    assert title_of(text) == title


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("---\ntitle: x\ntags: [a]\n---\n# Title\n", "# Title\n"),
        ("---\ntitle: x\n...\n# Title\n", "# Title\n"),
        ("---\n\nA line above: and one below.\n\n---\n",) * 2,
        ("---\nnever: closed\n\n# Title\n",) * 2,
        ("a\n\n<!-- b -->\nc\n", "a\n\n\nc\n"),
        ("a\n\n<!--\nb\n\nc --> d\n", "a\n\n d\n"),
        ("a <!-- b --> c<!--> d<!-- -- --->\n<!-- e --> f <!-- g -->", "a  c d\n f "),
        ("a <!-- b\nb --> c\n\n> - d <!-- e\n> f -->.\n", "a  c\n\n> - d .\n"),
        (
            "# A<!-- b -->\n\n| c <!-- d --> | e <!-- f --> |\n|---|---|\n",
            "# A\n\n| c  | e  |\n|---|---|\n",
        ),
        ("`<!-- shown -->` \\<!-- ``shown ` -->`` ` -->",) * 2,
        ("` is one, <!-- and ` is two\n",) * 2,
        ("a <!-- never closed\n\nb -->\n",) * 2,
        pytest.param(*("a " + "<!-- " * 20_000,) * 2, id="never closed, often"),
        ("```html\n<!-- shown -->\n```\n",) * 2,
        ("    <!-- shown -->\n",) * 2,
        ("<!-- never closed\n\n# Title\n",) * 2,
    ],
)
def test_notes_for_other_authors_are_none_of_the_text(text: str, shown: str) -> None:
    assert without_notes(text) == shown


@pytest.mark.parametrize(
    "written",
    [
        b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\n<!-- y -->\r\n# A `title`\r\n\r\n"
        b"Words.",
        b"\xef\xbb\xbfA `title`\r\n=========\r\n\r\nWords.",
    ],
)
def test_a_text_of_another_editor_is_listed_and_read(
    client: FlaskClient, chapters: Path, written: bytes
) -> None:
    (chapters / "01-one" / "README.md").write_bytes(written)
    rows = client.get("/chapter/", headers=JSON).json["chapters"]
    assert rows[0]["parts"][0]["title"] == "A title"
    assert client.get("/chapter/one", headers=JSON).json["text"].endswith("Words.")
    page = client.get("/chapter/one", headers={"Accept": "text/html"}).text
    assert "<p>Words.</p>" in page
    for hidden in ("title: x", "&lt;!--", "\ufeff", "===", "---"):
        assert hidden not in page


def test_a_heading_in_any_alphabet_has_an_anchor(
    client: FlaskClient, chapters: Path
) -> None:
    text = "# T\n\n## Gr\xf6\xdfe\n\nlantern\n\n## \u65e5\u672c\u8a9e\n\n"
    text += "[x](#gr\xf6\xdfe)\n"
    (chapters / "01-one" / "README.md").write_text(text, "utf-8")
    page = client.get("/chapter/one", headers={"Accept": "text/html"}).text
    name = quote("gr\xf6\xdfe")
    assert f'<a href="#{name}">x</a>' in page
    assert '<h2 id="gr\xf6\xdfe">' in page
    assert '<h2 id="\u65e5\u672c\u8a9e">' in page
    (found,) = client.get("/search?q=lantern", headers=JSON).json["hits"]
    assert found["url"] == f"/chapter/one#{name}"


def test_a_text_without_a_title_has_its_chapters_name(
    client: FlaskClient, chapters: Path
) -> None:
    (chapters / "01-one" / "README.md").write_text("```\n# no title\n```\n", "utf-8")
    rows = client.get("/chapter/", headers=JSON).json["chapters"]
    assert rows[0]["parts"][0]["title"] == "one"


def test_comments_are_looked_for_once_in_a_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []

    def parse(text: str) -> list[Token]:
        looked.append(text)
        return []

    monkeypatch.setattr(BLOCKS, "parse", parse)
    for _ in range(2):
        without_notes("# A text that is asked for twice\n\n<!-- note -->\n")
    assert len(looked) == 1
