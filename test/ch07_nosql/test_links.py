"""What leads to notes and files: links, styles and scripts of the pages."""

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from apps.web.error_pages import ADVICE

ASKED = re.compile(r'"(/static/[^"]+)"')


def test_all_that_a_page_asks_for_is_there(ada: FlaskClient) -> None:
    asked = ASKED.findall(ada.get("/chapter/one").text)
    for path in asked:
        with ada.get(path) as answer:
            assert answer.status_code == 200, path
    names = {path.rpartition("/")[2].partition(".")[0] for path in asked}
    assert {"notes", "progress", "quotes"} <= names
    assert [path for path in asked if re.search(r"/notes\b.*\.css", path)]


def test_the_account_leads_to_ones_own_notes(ada: FlaskClient) -> None:
    assert '<a href="/note/">' in ada.get("/account").text


def test_the_bar_leads_to_the_files(ada: FlaskClient) -> None:
    assert '<a href="/files"' in ada.get("/").text


def test_a_full_disk_has_words_of_its_own() -> None:
    assert ADVICE[507]


def test_the_tests_own_app_takes_wrong_passwords_by_the_dozen(
    app: Flask, browser: Callable[[], FlaskClient], make_user: Callable[..., object]
) -> None:
    make_user("ada")
    wrong = {"name": "ada", "password": "wrong horse battery"}
    answers = {browser().post("/user/login", json=wrong).status_code for _ in range(12)}
    assert answers == {401}
