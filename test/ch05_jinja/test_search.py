"""The search: what it finds, how it is shown, and that nothing breaks it."""

import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps import create_app
from apps.chapter.backend import Catalogue
from apps.chapter.rendering import Text
from apps.search import index as index_module
from apps.search.backend import find
from apps.search.index import Index, SearchUnavailable
from apps.search.plain import plain, sections

LIMIT = 120  # seconds after which processes count as hanging
PAGE = {"Accept": "text/html"}
Write = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def _always_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each search look at the texts, not only one a second."""
    monkeypatch.setattr(index_module, "CHECK_INTERVAL_SECONDS", 0.0)


@pytest.fixture
def write(chapters: Path) -> Write:
    """Write a text below the chapters' folder."""

    def written(name: str, text: str) -> None:
        path = chapters / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return written


def urls(client: FlaskClient, asked: str) -> list[str]:
    answer = client.get("/search", query_string={"q": asked})
    assert answer.status_code == 200, answer.text
    assert answer.json["q"] == asked.strip()
    return [hit["url"] for hit in answer.json["hits"]]


def test_a_word_is_found_where_it_stands(client: FlaskClient) -> None:
    assert urls(client, "three") == ["/chapter/two/2-more"]
    assert sorted(urls(client, "text")) == [
        "/chapter/one",
        "/chapter/two",
        "/chapter/two/2-more",
    ]


def test_a_program_gets_json(client: FlaskClient) -> None:
    answer = client.get("/search?q=three")
    assert answer.content_type == "application/json"
    assert "Accept" in answer.vary
    assert answer.json == {
        "q": "three",
        "hits": [
            {
                "number": 2,
                "title": "More of it",
                "section": "",
                "url": "/chapter/two/2-more",
                "excerpt": [
                    {"text": "Part 2: More of it Text ", "marked": False},
                    {"text": "three", "marked": True},
                    {"text": ", caf\u00e9.", "marked": False},
                ],
            }
        ],
    }


def test_a_person_gets_a_page_with_marked_words(client: FlaskClient) -> None:
    text = client.get("/search?q=THREE", headers=PAGE).text
    assert '<a href="/chapter/two/2-more">More of it</a>' in text
    assert "<mark>three</mark>" in text
    assert 'value="THREE"' in text


def test_what_is_found_and_asked_is_escaped(client: FlaskClient, write: Write) -> None:
    write("03-three/README.md", "# <i>Odd</i>\n\nhere `<script>alert(1)</script>`\n")
    text = client.get("/search", query_string={"q": "script"}, headers=PAGE).text
    assert "&lt;i&gt;Odd" in text or "<i>" not in text
    assert "&lt;<mark>script</mark>&gt;alert(1)" in text
    odd = '"><b onclick=x>'
    text = client.get("/search", query_string={"q": odd}, headers=PAGE).text
    assert "<b onclick" not in text
    assert "&#34;&gt;&lt;b onclick=x&gt;" in text


def test_a_text_cannot_mark_itself(client: FlaskClient, write: Write) -> None:
    write("01-one/README.md", "# One\n\na \x02fake\x03 mark, and ours\n")
    hit = client.get("/search?q=ours").json["hits"][0]
    assert [piece["text"] for piece in hit["excerpt"] if piece["marked"]] == ["ours"]


def test_all_words_must_be_there(client: FlaskClient) -> None:
    assert urls(client, "text two") == ["/chapter/two"]
    assert urls(client, "text nowhere") == []


def test_words_in_quotes_stand_together(client: FlaskClient) -> None:
    assert urls(client, '"more of"') == ["/chapter/two/2-more"]
    assert urls(client, '"of more"') == []
    assert urls(client, '"more of') == ["/chapter/two/2-more"]  # a quote too few


def test_a_name_of_code_is_found_as_it_stands(
    client: FlaskClient, write: Write
) -> None:
    write("03-code/README.md", "# Code\n\nCall `url_for(...)`, then `for url`.\n")
    hit = client.get("/search?q=url_for").json["hits"][0]
    assert [p["text"] for p in hit["excerpt"] if p["marked"]] == ["url_for"]


def test_a_hit_leads_to_its_section(client: FlaskClient, write: Write) -> None:
    write(
        "03-long/README.md",
        "# Long\n\nIntroduction.\n\n"
        "## What goes `wrong`?\n\n```sh\n# no heading\n```\n\nalpha\n\n"
        "## Again\n\nbeta\n\n### Again ##\n\n" + "word " * 60 + "gamma\n",
    )
    page = client.get("/chapter/long", headers=PAGE).text
    for word, anchor, title in [
        ("introduction", "", ""),
        ("alpha", "what-goes-wrong", "What goes wrong?"),
        ("beta", "again", "Again"),
        ("gamma", "again-2", "Again"),
    ]:
        [hit] = client.get("/search", query_string={"q": word}).json["hits"]
        assert hit["url"] == "/chapter/long" + ("#" + anchor if anchor else "")
        assert hit["section"] == title
        assert not anchor or f'id="{anchor}"' in page


@pytest.mark.parametrize(
    "text",
    [
        "# T\n\n## A\n\n### A\n\n## A ##\n\n## `b()` and **c**\n",
        "\n\n# T\n\n## A\n",
        "## No title\n\n# Another\n\n## A\n",
        "Text.\n\n# Late title\n\n## A\n",
        "# T\n\n````markdown\n## no\n```\n## no\n````\n\n## A\n",
        "# T\n\n~~~\n```\n## no\n~~~\n\n## A\n",
        "# T\n\n    ## code\n\n#no\n\n## A\n",
        "# T\n\n## \u00dcber [a link](x.md)!\n\n## \u4e2d\u6587\n\n## A\n",
        "no heading",
    ],
)
def test_sections_are_those_of_the_page(text: str) -> None:
    ids = [heading.id for heading in Text(text).headings]
    found = [section.anchor for section in sections(text)[1]]
    assert found == ["", *ids]


def test_accents_case_and_endings_do_not_matter(
    client: FlaskClient, write: Write
) -> None:
    write("03-flask/README.md", "# Flask\n\nTwo sessions, configured.\n")
    assert urls(client, "CAFE") == ["/chapter/two/2-more"]
    assert urls(client, "session") == ["/chapter/flask"]
    assert urls(client, "configuring") == ["/chapter/flask"]


def test_the_beginning_of_a_word_is_found_where_no_whole_one_is(
    client: FlaskClient, write: Write
) -> None:
    write("03-long/README.md", "# Long\n\nauthentication\n")
    assert urls(client, "authen") == ["/chapter/long"]
    write("04-short/README.md", "# Short\n\nauthen\n")
    assert urls(create_again(client), "authen") == ["/chapter/short"]


def create_again(client: FlaskClient) -> FlaskClient:
    """Start the app anew, as for a chapter that was added."""
    old = client.application
    app = create_app(
        {
            "APP_CONFIG": "testing",
            "CHAPTERS_FOLDER": old.config["CHAPTERS_FOLDER"],
            "ENV_FILE": os.devnull,
            "INSTANCE_FOLDER": old.instance_path,
        }
    )
    return app.test_client()


def test_a_word_in_the_title_counts_more(client: FlaskClient, write: Write) -> None:
    write("03-b/README.md", "# Other\n\n" + "lantern and much else. " * 3)
    write("04-a/README.md", "# The lantern\n\n" + "A text of something else. " * 3)
    assert urls(client, "lantern")[0] == "/chapter/a"


def test_no_more_than_twenty_are_shown(client: FlaskClient, write: Write) -> None:
    for number in range(30):
        write(f"{number + 3}-c{number}/README.md", "# C\n\ncommon\n")
    assert len(urls(client, "common")) == 20


@pytest.mark.parametrize(
    "asked", ["", "   ", "***", '""', '"', "!?", "\u2028", "\ufffd"]
)
def test_without_a_word_nothing_is_found(client: FlaskClient, asked: str) -> None:
    assert client.get("/search", query_string={"q": asked}).json["hits"] == []
    assert client.get("/search", headers=PAGE).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        "AND",
        "NOT text",
        "text OR",
        "NEAR(text, 2)",
        "title:first",
        "text:*",
        "^text",
        "(text",
        "text)",
        "text*",
        '"text',
        'te"xt',
        "te'xt; DROP TABLE part --",
        "{title text}: one",
        "-text",
        "+text",
        "a.b",
        "\u4e2d\u6587",
        "\U0001f600",
        "\u0301",
        "e\u0301",
        "\ue000",
        "\u00bd",
        "x" * 100,
        "a " * 50,
    ],
)
def test_words_of_the_index_are_only_words(client: FlaskClient, asked: str) -> None:
    urls(client, asked)
    assert client.get("/search", query_string={"q": asked}, headers=PAGE).status_code


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("q=" + "x" * 101, "characters"),
        ("q=a%00b", "control"),
        ("q=%1b", "control"),
        ("q=%7f", "control"),
    ],
)
def test_a_bad_query_is_named(client: FlaskClient, query: str, reason: str) -> None:
    answer = client.get("/search?" + query)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    [fault] = answer.json["errors"]
    assert fault["field"] == "q"
    assert reason in fault["reason"]
    page = client.get("/search?" + query, headers=PAGE)
    assert page.status_code == 400
    assert reason in page.text


def test_bytes_that_are_no_text_find_nothing(client: FlaskClient) -> None:
    assert client.get("/search?q=%ff%ed%a0%80").json["hits"] == []


@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(asked=st.text(max_size=110))
def test_no_query_is_a_fault(client: FlaskClient, asked: str) -> None:
    try:
        answer = client.get("/search", query_string={"q": asked})
    except UnicodeEncodeError:  # a lone surrogate can't be sent
        return
    assert answer.status_code in (200, 400)


def test_a_changed_text_is_found_by_its_new_words(
    client: FlaskClient, write: Write
) -> None:
    assert urls(client, "one") == ["/chapter/one"]
    write("01-one/README.md", "# Chapter 1: The first\n\nAnother lantern.\n")
    assert urls(client, "one") == []
    assert urls(client, "lantern") == ["/chapter/one"]


def test_a_text_that_is_gone_is_no_longer_found(
    client: FlaskClient, chapters: Path
) -> None:
    assert urls(client, "three")
    (chapters / "02-two" / "2-more.md").unlink()
    assert urls(client, "three") == []


def test_a_chapter_that_moved_has_its_new_number(
    client: FlaskClient, chapters: Path
) -> None:
    assert client.get("/search?q=one").json["hits"][0]["number"] == 1
    (chapters / "01-one").rename(chapters / "07-one")
    again = create_again(client)
    assert again.get("/search?q=one").json["hits"][0]["number"] == 7


def test_an_unreadable_text_leaves_the_others(
    client: FlaskClient, chapters: Path
) -> None:
    (chapters / "01-one" / "README.md").write_bytes(b"\xff\xfe")
    assert sorted(urls(client, "text")) == ["/chapter/two", "/chapter/two/2-more"]


def test_the_texts_are_looked_at_once_a_second_only(
    client: FlaskClient, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "CHECK_INTERVAL_SECONDS", 3600.0)
    assert urls(client, "lantern") == []
    write("01-one/README.md", "# One\n\nlantern\n")
    assert urls(client, "lantern") == []
    monkeypatch.setattr(index_module, "CHECK_INTERVAL_SECONDS", 0.0)
    assert urls(client, "lantern") == ["/chapter/one"]


@pytest.mark.parametrize("damage", [b"no database" * 1000, b"", b"SQLite format 3\0x"])
def test_a_damaged_index_is_made_again(app: Flask, damage: bytes) -> None:
    client = app.test_client()
    assert urls(client, "three")
    (Path(app.instance_path) / "search.db").write_bytes(damage)
    assert urls(client, "three")


def test_an_index_damaged_inside_is_made_again(app: Flask) -> None:
    client = app.test_client()
    assert urls(client, "three")
    path = Path(app.instance_path) / "search.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    statuses = [client.get("/search?q=three").status_code for _ in range(3)]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200
    assert urls(client, "three")


def test_an_index_of_another_version_is_made_again(app: Flask) -> None:
    client = app.test_client()
    assert urls(client, "three")
    with sqlite3.connect(Path(app.instance_path) / "search.db") as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("DROP TABLE part")
    connection.close()
    assert urls(client, "three") == ["/chapter/two/2-more"]


def test_an_index_that_cannot_be_made_is_said(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    (Path(app.instance_path) / "search.db").mkdir(parents=True)
    answer = app.test_client().get("/search?q=three")
    assert answer.status_code == 503
    assert str(app.instance_path) not in answer.text
    assert "three" not in caplog.text


def test_a_search_goes_on_while_another_process_writes(
    app: Flask, write: Write
) -> None:
    client = app.test_client()
    assert urls(client, "one") == ["/chapter/one"]
    other = sqlite3.connect(Path(app.instance_path) / "search.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        write("01-one/README.md", "# One\n\nlantern\n")
        assert urls(client, "one") == ["/chapter/one"]  # as it was
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert urls(client, "lantern") == ["/chapter/one"]


SEARCHES = """
import multiprocessing, sys
from pathlib import Path

from apps.chapter.backend import Catalogue
from apps.chapter.rendering import Text
from apps.search import index
from apps.search.backend import find

index.CHECK_INTERVAL_SECONDS = 0.0
chapters, file, turns = Path(sys.argv[1]), Path(sys.argv[2]), 20
system = multiprocessing.get_context("fork")
turn_begins = system.Barrier(5)

def search():
    texts = index.Index(file, Catalogue(chapters))
    for _ in range(turns):
        turn_begins.wait()
        assert len(find(texts, "text")) == 3

readers = [system.Process(target=search) for _ in range(4)]
for reader in readers:
    reader.start()
draft = chapters.with_name("draft.md")
for turn in range(turns):
    turn_begins.wait()
    draft.write_text("# One\\n\\nText " + "more " * turn, encoding="utf-8")
    draft.replace(chapters / "01-one" / "README.md")
for reader in readers:
    reader.join()
sys.exit(any(reader.exitcode for reader in readers))
"""


@pytest.mark.real_parts
def test_processes_share_one_index_while_a_text_changes(
    root: Path, chapters: Path, tmp_path: Path
) -> None:
    file = tmp_path / "instance" / "search.db"
    command = [sys.executable, "-c", SEARCHES, str(chapters), str(file)]
    subprocess.run(command, cwd=root, check=True, timeout=LIMIT)


def test_no_query_reaches_a_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for asked in ("lanternlight", "lanternlight\0", "lanternlight" * 20):
        client.get("/search", query_string={"q": asked})
    logs = Path(client.application.instance_path) / "logs"
    text = caplog.text + "".join(path.read_text("utf-8") for path in logs.glob("*"))
    assert "lanternlight" not in text


def test_a_fault_of_the_index_names_no_query(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    index = Index(Path(app.instance_path) / "search.db", Catalogue(Path(os.devnull)))
    index.path.mkdir(parents=True)
    with pytest.raises(SearchUnavailable) as caught:
        find(index, "lanternlight")
    assert "lanternlight" not in repr(caught.value)
    assert "lanternlight" not in caplog.text


def test_the_signs_of_markdown_are_not_text() -> None:
    text = (
        "# Title\n\n> Said **so** with `code`, [a link](https://x.example/y).\n\n"
        "| A | B |\n|---|---|\n| 1 | 2 |\n\n```python unchecked='x'\na | b\n```\n"
    )
    assert plain(text) == "Title Said so with code, a link. A B 1 2 a | b"
