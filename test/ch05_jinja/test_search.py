"""The search: what it finds, how it is shown, and that nothing breaks it."""

import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps import create_app
from apps.chapter.rendering import Text
from apps.search import index as index_module
from apps.search.plain import sections

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


def test_a_heading_is_found_however_it_is_written_and_a_comment_is_none(
    client: FlaskClient, write: Write
) -> None:
    text = "---\nfront: matter\n---\nOne\n===\n\nUnder lined\n-----------\n\n"
    text += "<!-- hidden -->\n\n```\n# encoded\n```\n"
    write("01-one/README.md", text)
    assert urls(client, "lined") == ["/chapter/one#under-lined"]
    assert urls(client, "encoded") == ["/chapter/one#under-lined"]
    assert urls(client, "hidden") == urls(client, "matter") == []


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
                    {"text": "Text ", "marked": False},
                    {"text": "three", "marked": True},
                    {"text": ", caf\u00e9. ", "marked": False},
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
    found = [section.anchor for section in sections("T", text)]
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


def test_nothing_is_kept_but_the_texts(client: FlaskClient) -> None:
    urls(client, "three")
    folder = Path(client.application.instance_path)
    assert not list(folder.glob("*search*"))


def test_threads_share_one_index_while_a_text_changes(
    client: FlaskClient, write: Write, chapters: Path
) -> None:
    def search(turn: int) -> int:
        if turn % 5 == 0:
            write(f"{turn}.md", f"# One\n\nText {'more ' * turn}\n")
            (chapters / f"{turn}.md").replace(chapters / "01-one" / "README.md")
        return len(urls(client.application.test_client(), "text"))

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(search, range(40)))
    assert set(found) == {3}


def test_no_query_reaches_a_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for asked in ("lanternlight", "lanternlight\0", "lanternlight" * 20):
        client.get("/search", query_string={"q": asked})
    logs = Path(client.application.instance_path) / "logs"
    text = caplog.text + "".join(path.read_text("utf-8") for path in logs.glob("*"))
    assert "lanternlight" not in text


def test_the_signs_of_markdown_are_not_prose() -> None:
    text = (
        "> Said **so** with `code`, [a link](https://x.example/y)\n"
        "and ![seen](y.png).\n\n"
        "| A | B |\n|---|---|\n| 1 | 2 |\n\n`a.py`, a new file:\n"
        "```python unchecked='x'\na | b\n```\n"
    )
    [section] = sections("Title", text)
    assert " ".join(section.prose.split()) == "Said so with code, a link and . A B 1 2"
    assert " ".join(section.code.split()) == "`a.py`, a new file: a | b"


def test_the_words_in_italics_are_what_a_section_explains() -> None:
    text = "A *view* is **a** function; *this is a whole sentence*. *A `b`* *x y*\n"
    [section] = sections("Title", text)
    assert section.terms.split() == ["view", "A", "b", "x", "y"]


def test_a_section_that_explains_a_word_comes_before_one_that_uses_it(
    client: FlaskClient, write: Write
) -> None:
    used = "## Uses\n\n" + "A lantern is not a lantern. " * 5
    explained = "## Light\n\nA *lantern* gives light. " + "And much more. " * 50
    write("03-a/README.md", f"# A\n\n{used}\n\n{explained}\n\n{used}\n")
    assert urls(client, "lanterns")[0] == "/chapter/a#light"


def test_a_heading_counts_more_than_prose_and_prose_more_than_code(
    client: FlaskClient, write: Write
) -> None:
    code = "```python\n" + "lantern = lantern\n" * 5 + "```\n"
    sections = {"Code": code, "Prose": "A lantern.", "A lantern": "Light."}
    text = "".join(f"## {head}\n\n{body}\n\n" for head, body in sections.items())
    write("03-a/README.md", f"# A\n\n{text}")
    found = [url.partition("#")[2] for url in urls(client, "lantern")]
    assert found == ["a-lantern", "prose", "code"]


def test_where_twenty_headings_have_a_word_the_excerpts_still_mark_it_in_prose(
    client: FlaskClient, write: Write
) -> None:
    headed = "".join(f"## Lantern {n}\n\nOf a lantern.\n\n" for n in range(25))
    used = "## Uses\n\n" + "lantern " * 30 + "\n\n"
    write("03-a/README.md", f"# A\n\n{used}{headed}")
    hits = client.get("/search?q=lantern").json["hits"]
    assert len({hit["section"] for hit in hits}) == 20
    for hit in hits:
        assert hit["section"].startswith("Lantern")
        assert {"text": "lantern", "marked": True} in hit["excerpt"]


def test_an_excerpt_is_prose_where_only_the_code_has_the_word(
    client: FlaskClient, write: Write
) -> None:
    write("03-a/README.md", "# A\n\nRead it.\n\n```python\nlantern = 1\n```\n")
    [hit] = client.get("/search?q=lantern").json["hits"]
    assert [piece["text"].strip() for piece in hit["excerpt"]] == ["Read it."]
