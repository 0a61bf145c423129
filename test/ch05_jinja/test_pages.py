"""The pages of the reading room: for a browser HTML, for a program JSON."""

import html
import re
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.chapter.pictures import picture_size

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PAGE = {"Accept": BROWSER}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\x20\0\0\0\x10" + b"\x08\x06"
SVG = b'<svg viewBox="0 0 200 50" width="100" xmlns="http://www.w3.org/2000/svg"/>'
PATHS = ["/", "/chapter/", "/chapter/one", "/chapter/two", "/chapter/two/2-more"]


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    return answer.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", ["*/*", "application/json", "", "text/csv"])
def test_a_program_gets_json(client: FlaskClient, path: str, accept: str) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.content_type == "application/json"
    assert "Accept" in answer.vary


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html; charset=utf-8", "text/html"),
        ("text/html;charset=UTF-8, */*;q=0.1", "text/html"),
        ("application/json; charset=utf-8, text/html;q=0.9", "application/json"),
        ("text/html; charset=latin-1", "application/json"),
    ],
)
def test_who_asks_for_utf_8_gets_it(
    client: FlaskClient, accept: str, kind: str
) -> None:
    for path in ("/", "/nowhere"):
        answer = client.get(path, headers={"Accept": accept})
        assert answer.mimetype.replace("problem+", "") == kind


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_gets_a_page_without_anything_inline(
    client: FlaskClient, path: str
) -> None:
    page = read(client, path)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree = parser.parse(page)
    assert tree.get("lang") == "en"
    assert len(tree.findall(".//main")) == 1
    assert len(tree.findall(".//h1")) == 1
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for link in tree.iterfind(".//a"):
        if link.get("href", "").startswith("#"):
            assert link.get("href")[1:] in ids


def test_the_list_names_chapters_and_parts(client: FlaskClient) -> None:
    page = read(client, "/")
    assert '<a href="/chapter/one">The first</a>' in page
    assert '<a href="/chapter/two/2-more">More of it</a>' in page


def test_the_list_says_what_a_manifest_says(
    client: FlaskClient, chapters: Path
) -> None:
    told = (
        'concept = "1 apps; 2 <more>"\nshows = "`run.py` serves"\nminutes = [45, 40]\n'
    )
    (chapters / "02-two" / "chapter.toml").write_text(told, encoding="utf-8")
    page = read(client, "/")
    assert re.search(r"<p class=.about.>Apps; &lt;more&gt;\s*&middot; 85 min</p>", page)
    assert "At the end: run.py serves." in page
    minutes = r'href="(/chapter/two[^"]*)">[^<]*</a> <span class="minutes">(\d+) min'
    assert re.findall(minutes, page) == [
        ("/chapter/two", "45"),
        ("/chapter/two/2-more", "40"),
    ]
    assert page.count("At the end") == 1


@pytest.mark.parametrize(
    "told", ["concept = ", 'minutes = "x"', "minutes = [1.5]", "shows = 5", "\xff"]
)
def test_a_bad_manifest_leaves_the_list(
    client: FlaskClient, chapters: Path, told: str
) -> None:
    (chapters / "02-two" / "chapter.toml").write_bytes(told.encode("latin-1"))
    assert '<a href="/chapter/two/2-more">More of it</a>' in read(client, "/")


def test_an_empty_list_says_so(client: FlaskClient, chapters: Path) -> None:
    for text in chapters.rglob("*.md"):
        text.unlink()
    assert "no chapter" in read(client, "/")


def test_a_chapter_has_its_place_and_time_above(client: FlaskClient) -> None:
    page = read(client, "/chapter/two/2-more")
    assert "<title>More of it" in page
    assert re.search(r"Chapter 2</a>\s*&middot; part 2\s*&middot; 1 min to read", page)
    assert "<p>Text three, caf\u00e9.</p>" in page


def test_a_chapter_of_one_part_names_no_part(client: FlaskClient) -> None:
    page = read(client, "/chapter/one")
    assert re.search(r"Chapter 1</a>\s*&middot; 1 min to read", page)
    assert "part 1" not in page


def test_every_page_has_a_description(client: FlaskClient, chapters: Path) -> None:
    text = f"# One\n\n![x](y.png)\n\nWhat *you* <will>\nhave: {'words ' * 50}\n"
    (chapters / "01-one" / "README.md").write_text(text, encoding="utf-8")
    said = re.compile(r'<meta name="description" content="([^"]+)">')
    [contents] = said.findall(read(client, "/"))
    [chapter] = said.findall(read(client, "/chapter/one"))
    assert "Flask course" in contents
    assert chapter.startswith("What you &lt;will&gt; have: words words")
    assert len(html.unescape(chapter)) <= 160


def test_the_page_one_is_on_is_marked(client: FlaskClient) -> None:
    page = read(client, "/chapter/two/2-more")
    assert '<a href="/chapter/two/2-more" aria-current="page">More of it</a>' in page
    assert page.count('aria-current="page"') == 1


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("/chapter/one", None, "/chapter/two"),
        ("/chapter/two", "/chapter/one", "/chapter/two/2-more"),
        ("/chapter/two/2-more", "/chapter/two", "/chapter/three"),
        ("/chapter/three", "/chapter/two/2-more", None),
    ],
)
def test_one_reads_on_from_part_to_part(
    client: FlaskClient,
    chapters: Path,
    path: str,
    before: str | None,
    after: str | None,
) -> None:
    (chapters / "03-three").mkdir()
    (chapters / "03-three" / "README.md").write_text("# Three\n", encoding="utf-8")
    page = read(client, path)
    links = dict(re.findall(r'<link rel="(prev|next)" href="([^"]+)">', page))
    assert (links.get("prev"), links.get("next")) == (before, after)
    for rel, url in links.items():
        assert f'<a href="{url}" rel="{rel}"' in page


def test_headings_are_listed_beside_the_text(
    client: FlaskClient, chapters: Path
) -> None:
    path = chapters / "01-one" / "README.md"
    path.write_text("# One\n\n## Why <b>\n\n## How\n", encoding="utf-8")
    page = read(client, "/chapter/one")
    assert '<a href="#why-b">Why &lt;b&gt;</a>' in page
    assert '<h2 id="how">' in page


def test_links_between_texts_lead_to_their_pages(
    client: FlaskClient, chapters: Path
) -> None:
    links = {
        "2-more.md": "/chapter/two/2-more",
        "2-more.md#x": "/chapter/two/2-more#x",
        "README.md": "/chapter/two",
        "../01-one/README.md": "/chapter/one",
        "exercises/easy/README.md": "/chapter/two/exercises/easy",
        "picture.svg": "/chapter/two/picture.svg",
        "https://example.org/README.md": "https://example.org/README.md",
        "#here": "#here",
        "notes.txt": "notes.txt",
    }
    text = "# Two\n\n## Here\n\n" + " ".join(f"[x]({link})" for link in links)
    (chapters / "02-two" / "README.md").write_text(text, encoding="utf-8")
    page = read(client, "/chapter/two")
    assert re.findall(r'<a href="([^"]+)">x</a>', page) == list(links.values())


def test_an_exercise_is_a_page(client: FlaskClient, chapters: Path) -> None:
    folder = chapters / "01-one" / "exercises" / "easy"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("# Easy one\n\nDo it.\n", encoding="utf-8")
    (folder / "hint.md").write_text("# Hint\n", encoding="utf-8")
    page = read(client, "/chapter/one/exercises/easy")
    assert "<h1>Easy one</h1>" in page
    assert "exercise" in page
    answer = client.get("/chapter/one/exercises/easy")
    assert answer.json["text"] == "# Easy one\n\nDo it.\n"
    for name in ("hint", "..", "easy/hint", "%2E%2E", "no"):
        path = f"/chapter/one/exercises/{name}"
        assert client.get(path, headers=PAGE).status_code == 404


def test_a_picture_of_the_chapter_is_served_and_can_do_nothing(
    client: FlaskClient, chapters: Path
) -> None:
    (chapters / "01-one" / "drawn.svg").write_bytes(SVG)
    (chapters / "01-one" / "seen.png").write_bytes(PNG)
    with client.get("/chapter/one/drawn.svg") as answer:
        assert answer.data == SVG
        assert answer.mimetype == "image/svg+xml"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "script" not in answer.headers["Content-Security-Policy"]
    with client.get("/chapter/one/seen.png") as answer:
        assert answer.mimetype == "image/png"


@pytest.mark.parametrize(
    "path",
    [
        "/chapter/one/README.md",
        "/chapter/one/no.svg",
        "/chapter/one/..%2Fsecret.svg",
        "/chapter/one/..%2F02-two%2Fother.svg",
        "/chapter/one/link.svg",
        "/chapter/one/folder.svg",
        "/chapter/no/drawn.svg",
        "/chapter/one/.svg",
        "/chapter/one/a%00.svg",
    ],
)
def test_nothing_else_is_a_picture(
    client: FlaskClient, chapters: Path, path: str
) -> None:
    (chapters.parent / "secret.svg").write_bytes(SVG)
    (chapters / "02-two" / "other.svg").write_bytes(SVG)
    (chapters / "01-one" / "link.svg").symlink_to(chapters.parent / "secret.svg")
    (chapters / "01-one" / "folder.svg").mkdir()
    assert client.get(path).status_code == 404


def test_room_is_kept_for_a_picture(client: FlaskClient, chapters: Path) -> None:
    (chapters / "01-one" / "drawn.svg").write_bytes(SVG)
    path = chapters / "01-one" / "README.md"
    path.write_text("# One\n\n![Seen](drawn.svg)\n\n![No](no.png)", encoding="utf-8")
    page = read(client, "/chapter/one")
    assert re.search(
        r'<img src="/chapter/one/drawn\.svg\?v=[0-9a-f]{16}" alt="Seen" '
        r'width="100" height="25" loading="lazy">',
        page,
    )
    assert '<img src="/chapter/one/no.png" alt="No" loading="lazy">' in page


def test_a_picture_is_kept_under_the_hash_of_its_content(
    client: FlaskClient, chapters: Path
) -> None:
    path = chapters / "01-one" / "drawn.svg"
    path.write_bytes(SVG)
    (chapters / "01-one" / "README.md").write_text("# One\n\n![Seen](drawn.svg)\n")
    [old] = re.findall(r'src="([^"]+svg[^"]*)"', read(client, "/chapter/one"))
    assert kept(client, old) == f"public, max-age={365 * 24 * 3600}, immutable"
    assert kept(client, "/chapter/one/drawn.svg") == "no-cache"
    path.write_bytes(SVG + b"<!-- new -->")
    assert kept(client, old) == "no-cache"
    assert old not in read(client, "/chapter/one")


def kept(client: FlaskClient, url: str) -> str | None:
    with client.get(url) as answer:
        assert answer.status_code == 200
        return answer.headers["Cache-Control"]


def test_a_picture_for_dark_pages_stands_beside_the_other(
    client: FlaskClient, chapters: Path
) -> None:
    (chapters / "01-one" / "seen.png").write_bytes(PNG)
    (chapters / "01-one" / "seen-dark.png").write_bytes(PNG)
    (chapters / "01-one" / "README.md").write_text("# One\n\n![Seen](seen.png)\n")
    found = re.findall(
        r'<img class="(\w+)" src="([^"?]+)[^"]*" alt="Seen"',
        read(client, "/chapter/one"),
    )
    assert found == [
        ("light", "/chapter/one/seen.png"),
        ("dark", "/chapter/one/seen-dark.png"),
    ]


def test_a_wide_picture_can_be_moved_by_the_keyboard(
    client: FlaskClient, chapters: Path
) -> None:
    (chapters / "01-one" / "drawn.svg").write_bytes(SVG)
    (chapters / "01-one" / "wide.svg").write_bytes(SVG.replace(b"100", b"400"))
    text = "# One\n\n![Seen](drawn.svg)\n\n![Seen](wide.svg)\n"
    (chapters / "01-one" / "README.md").write_text(text)
    page = read(client, "/chapter/one")
    assert '<figure class="picture"><img src="/chapter/one/drawn.svg' in page
    wide = '<figure class="picture wide" tabindex="0"><img src="/chapter/one/wide.svg'
    assert wide in page


def test_a_long_path_breaks_after_its_slashes_only(
    client: FlaskClient, chapters: Path
) -> None:
    path = chapters / "01-one" / "README.md"
    path.write_text("# One\n\n| File |\n|---|\n| `apps/web/<x>.py` |\n")
    page = read(client, "/chapter/one")
    assert "<code>apps/<wbr>web/<wbr>&lt;x&gt;.py</code>" in page


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (PNG, (32, 16)),
        (SVG, (100, 25)),
        (b'<svg width="10.4" height="20">', (10, 20)),
        (b'<svg height="20" width="10" viewBox="0 0 1 1">', (10, 20)),
        (b'<svg width="10" viewBox="0 0 0 0">', None),
        (b'<svg viewBox="0 0 5 5">', None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"", None),
    ],
)
def test_a_picture_says_its_size(head: bytes, expected: tuple[int, int] | None) -> None:
    assert picture_size(head) == expected


def test_the_room_has_the_name_that_it_is_given(
    own_app: Flask, client: FlaskClient
) -> None:
    own_app.config["ROOM_NAME"] = "Ada's <room>"
    page = read(client, "/")
    assert "<h1>Ada&#39;s &lt;room&gt;</h1>" in page


@pytest.mark.parametrize(
    ("words", "said"), [(0, "1 min"), (400, "2 min"), (3046, "15 min")]
)
def test_reading_time_is_rounded_to_minutes(app: Flask, words: int, said: str) -> None:
    assert app.jinja_env.filters["minutes"](words) == said
