"""The form that an answer takes: a page for browsers, else plain text."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("accept", ["*/*", "text/plain", "text/csv", ""])
def test_the_list_is_plain_text(client: FlaskClient, accept: str) -> None:
    answer = client.get("/chapter/", headers={"Accept": accept})
    assert answer.content_type == "text/plain; charset=utf-8"
    assert "Accept" in answer.vary
    lines = [line.split() for line in answer.text.splitlines()]
    assert lines == [
        ["1.", "The", "first"],
        ["/chapter/one"],
        ["2.", "The", "second"],
        ["/chapter/two"],
        ["/chapter/two/2-more", "More", "of", "it"],
    ]


@pytest.mark.parametrize("accept", ["*/*", "text/plain"])
def test_a_text_is_shown_as_it_stands(client: FlaskClient, accept: str) -> None:
    answer = client.get("/chapter/two/2-more", headers={"Accept": accept})
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text == "# Part 2: More of it\n\nText three, caf\u00e9.\n"
    assert "Accept" in answer.vary


def test_a_browser_gets_the_list_as_a_page(client: FlaskClient) -> None:
    answer = client.get("/", headers=PAGE)
    assert answer.content_type == "text/html; charset=utf-8"
    assert "Accept" in answer.vary
    for link in ("/chapter/one", "/chapter/two", "/chapter/two/2-more"):
        assert f'<li><a href="{link}">' in answer.text


@pytest.mark.parametrize("form", ["text/html", "application/json"])
def test_a_charset_asks_for_nothing_else(client: FlaskClient, form: str) -> None:
    for charset in ("charset=utf-8", "charset=UTF-8", 'charset="utf-8";q=0.9'):
        answer = client.get("/chapter/", headers={"Accept": f"{form}; {charset}"})
        assert answer.mimetype == form


def test_a_browser_gets_a_text_as_html(client: FlaskClient) -> None:
    answer = client.get("/chapter/two/2-more", headers=PAGE)
    assert answer.content_type == "text/html; charset=utf-8"
    assert "Accept" in answer.vary
    assert "<title>More of it</title>" in answer.text
    assert "<h1>Part 2: More of it</h1>\n<p>Text three, caf\u00e9.</p>" in answer.text


def test_a_page_has_its_style_sheet(client: FlaskClient) -> None:
    page = client.get("/", headers=PAGE).text
    assert '<link rel="stylesheet" href="/static/book.css">' in page
    with client.get("/static/book.css") as style:
        assert "light-dark(" in style.text


def shown(client: FlaskClient, chapters: Path, text: str) -> str:
    (chapters / "02-two" / "README.md").write_text(text, encoding="utf-8")
    page = client.get("/chapter/two", headers=PAGE).text
    return page.partition("<main>\n")[2].partition("</main>")[0]


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("2-more.md", "/chapter/two/2-more"),
        ("README.md", "/chapter/two"),
        ("../01-one/README.md", "/chapter/one"),
        ("../01-one/2-part.md#step", "/chapter/one/2-part#step"),
        ("https://example.org/a.md", "https://example.org/a.md"),
        ("exercises/words/README.md", "exercises/words/README.md"),
    ],
)
def test_links_between_texts_lead_to_their_pages(
    client: FlaskClient, chapters: Path, link: str, address: str
) -> None:
    html = shown(client, chapters, f"[on]({link})\n")
    assert html == f'<p><a href="{address}">on</a></p>\n'


def test_a_picture_is_described(client: FlaskClient, chapters: Path) -> None:
    html = shown(client, chapters, "![Two <users>](accounts.svg)\n")
    assert html == "<p>Two &lt;users&gt;</p>\n"


def test_a_table_is_a_table(client: FlaskClient, chapters: Path) -> None:
    assert "<td>1</td>" in shown(client, chapters, "| a |\n|---|\n| 1 |\n")


def test_html_in_a_text_or_a_title_is_shown_as_text(
    client: FlaskClient, chapters: Path
) -> None:
    text = "# <script>a()</script>\n\n<b>x</b> [y](javascript:z)\n"
    html = shown(client, chapters, text)
    assert "<script" not in html
    assert "<b>" not in html
    assert "href" not in html


def test_a_title_with_html_is_escaped_in_the_list(
    client: FlaskClient, chapters: Path
) -> None:
    path = chapters / "01-one" / "README.md"
    path.write_text("# <script>a()</script>\n", encoding="utf-8")
    for path in ("/", "/chapter/one"):
        page = client.get(path, headers=PAGE).text
        assert "<script" not in page
        assert "&lt;script&gt;a()&lt;/script&gt;" in page
