"""The chapters: listed and read, as text and as JSON, from one folder only."""

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from apps.chapter.backend import Catalogue, ChapterNotFound

JSON = {"Accept": "application/json"}


def test_the_front_door_shows_the_list(client: FlaskClient) -> None:
    assert client.get("/").text == client.get("/chapter/").text


def test_the_list_is_json_for_a_program(client: FlaskClient) -> None:
    answer = client.get("/chapter/", headers=JSON)
    assert answer.json == {
        "chapters": [
            {
                "number": 1,
                "slug": "one",
                "parts": [{"title": "The first", "url": "/chapter/one"}],
            },
            {
                "number": 2,
                "slug": "two",
                "parts": [
                    {"title": "The second", "url": "/chapter/two"},
                    {"title": "More of it", "url": "/chapter/two/2-more"},
                ],
            },
        ]
    }


def test_a_text_is_json_for_a_program(client: FlaskClient) -> None:
    answer = client.get("/chapter/one", headers=JSON)
    assert answer.json == {
        "number": 1,
        "slug": "one",
        "title": "The first",
        "text": "# Chapter 1: The first\n\nText one.\n",
    }


def test_an_edited_text_is_shown_at_once(client: FlaskClient, chapters: Path) -> None:
    client.get("/chapter/one")
    (chapters / "01-one" / "README.md").write_text("# New\n", encoding="utf-8")
    assert client.get("/chapter/one", headers=JSON).json["text"] == "# New\n"


def test_the_folder_is_read_once(client: FlaskClient, chapters: Path) -> None:
    before = client.get("/chapter/").text
    (chapters / "03-three").mkdir()
    (chapters / "03-three" / "README.md").write_text("# Three\n", encoding="utf-8")
    assert client.get("/chapter/").text == before


@pytest.mark.parametrize(
    "path",
    [
        "/chapter/three",
        "/chapter/two/3-more",
        "/chapter/two/README",
        "/chapter/01-one",
        "/chapter/one/../../secret",
        "/chapter/..%2Fsecret",
        "/chapter/%2E%2E/secret",
        "/chapter/two/..%2F01-one%2FREADME",
        "/chapter/%00",
        "/chapter/two/2-more.md",
    ],
)
def test_what_is_not_in_the_catalogue_is_404(
    client: FlaskClient, chapters: Path, path: str
) -> None:
    (chapters.parent / "secret.md").write_text("secret", encoding="utf-8")
    answer = client.get(path)
    assert answer.status_code == 404
    assert "secret\n" not in answer.text


def test_only_numbered_folders_with_a_text_are_chapters(
    client: FlaskClient, chapters: Path
) -> None:
    for name in ("drafts", "03-empty", "x4-y", "05-With Space"):
        (chapters / name).mkdir()
    (chapters / "drafts" / "README.md").write_text("# Draft\n", encoding="utf-8")
    (chapters / "06-file").write_text("no folder", encoding="utf-8")
    (chapters / "course.toml").write_text("", encoding="utf-8")
    (chapters / "01-one" / "notes.md").write_text("# Notes\n", encoding="utf-8")
    assert client.get("/chapter/").text.count("/chapter/") == 3


def test_chapters_and_parts_sort_by_number(chapters: Path) -> None:
    (chapters / "10-ten").mkdir()
    (chapters / "10-ten" / "README.md").write_text("no heading", encoding="utf-8")
    for number in (10, 9):
        path = chapters / "01-one" / f"{number}-part.md"
        path.write_text("# Part\n", encoding="utf-8")
    found = Catalogue(chapters).chapters
    assert [chapter.number for chapter in found] == [1, 2, 10]
    assert [part.number for part in found[0].parts] == [1, 9, 10]
    assert found[2].parts[0].title == "ten"


def test_a_missing_chapter_is_named(chapters: Path) -> None:
    with pytest.raises(ChapterNotFound, match="no chapter 'nine'"):
        Catalogue(chapters).find("nine")
    with pytest.raises(ChapterNotFound, match="'two' has no part '7-x'"):
        Catalogue(chapters).find("two", "7-x")


def test_a_missing_folder_is_said_until_it_is_there(
    client: FlaskClient, chapters: Path
) -> None:
    away = chapters.rename(chapters.with_name("away"))
    answer = client.get("/chapter/")
    assert answer.status_code == 503
    assert "CHAPTERS_FOLDER" in answer.json["detail"]
    assert str(chapters.parent) not in answer.text
    away.rename(chapters)
    assert client.get("/chapter/").status_code == 200


def test_an_unreadable_text_is_said(client: FlaskClient, chapters: Path) -> None:
    client.get("/chapter/")
    (chapters / "01-one" / "README.md").write_bytes(b"\xff\xfe\xfa")
    answer = client.get("/chapter/one")
    assert answer.status_code == 503
    assert "01-one/README.md" in answer.json["detail"]
    (chapters / "01-one" / "README.md").unlink()
    assert client.get("/chapter/one").status_code == 503


def test_one_unreadable_text_leaves_the_others(
    client: FlaskClient, chapters: Path
) -> None:
    (chapters / "01-one" / "README.md").write_bytes(b"\xff\xfe\xfa")
    (chapters / "02-two" / "3-torn.md").write_bytes(b"\xff\xfe\xfa")
    rows = client.get("/chapter/", headers={"Accept": "application/json"}).json
    titles = [[part["title"] for part in row["parts"]] for row in rows["chapters"]]
    assert titles == [["one"], ["The second", "More of it", "3-torn"]]
    assert client.get("/chapter/one").status_code == 503
    assert client.get("/chapter/two/3-torn").status_code == 503


def test_links_out_of_the_folder_and_pipes_are_no_texts(chapters: Path) -> None:
    secret = chapters.parent / "secret.md"
    secret.write_text("# Secret\n", encoding="utf-8")
    (chapters / "02-two" / "3-link.md").symlink_to(secret)
    (chapters / "02-two" / "4-circle.md").symlink_to("4-circle.md")
    os.mkfifo(chapters / "02-two" / "5-pipe.md")
    (chapters / "02-two" / "6-folder.md").mkdir()
    (chapters / "03-away").symlink_to(chapters.parent)
    (chapters.parent / "README.md").write_text("# Away\n", encoding="utf-8")
    (chapters / "02-two" / "7-same.md").symlink_to("2-more.md")
    found = Catalogue(chapters).chapters
    assert [chapter.slug for chapter in found] == ["one", "two"]
    assert [part.name for part in found[1].parts] == ["", "2-more", "7-same"]


def test_of_two_with_one_slug_the_first_counts(chapters: Path) -> None:
    (chapters / "03-one").mkdir()
    (chapters / "03-one" / "README.md").write_text("# Another\n", encoding="utf-8")
    found = Catalogue(chapters).chapters
    assert [(chapter.number, chapter.slug) for chapter in found] == [
        (1, "one"),
        (2, "two"),
    ]
    assert Catalogue(chapters).find("one")[1].title == "The first"


def test_the_first_part_is_the_readme(chapters: Path) -> None:
    for name in ("0-before.md", "1-same.md"):
        (chapters / "01-one" / name).write_text("# Part\n", encoding="utf-8")
    chapter, part = Catalogue(chapters).find("one")
    assert [one.name for one in chapter.parts] == [""]
    assert part.title == "The first"


def test_a_text_may_begin_with_a_byte_order_mark(
    client: FlaskClient, chapters: Path
) -> None:
    (chapters / "01-one" / "README.md").write_text("# New\n", "utf-8-sig")
    assert client.get("/chapter/one", headers=JSON).json["text"] == "# New\n"
    rows = client.get("/chapter/", headers=JSON).json["chapters"]
    assert rows[0]["parts"][0]["title"] == "New"


def test_a_link_may_begin_here(client: FlaskClient, chapters: Path) -> None:
    text = (
        "# One\n\n[a](./2-more.md#x) [b](../02-two/2-more.md) [c](#x) [d](http://e/)\n"
    )
    (chapters / "01-one" / "README.md").write_text(text, "utf-8")
    page = client.get("/chapter/one", headers={"Accept": "text/html"}).text
    for url in ("/chapter/one/2-more#x", "/chapter/two/2-more", "#x", "http://e/"):
        assert f'href="{url}"' in page
