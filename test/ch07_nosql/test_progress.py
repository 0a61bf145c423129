"""What somebody has read: a button below each part, and where to go on."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from apps import create_app
from apps.progress.domain import next_part
from apps.store.redis import client as redis_of

Press = Callable[..., TestResponse]
Browser = Callable[[], FlaskClient]
LogIn = Callable[[str], FlaskClient]

GO_ON = re.compile(r'(Go on reading|Begin with):\s*<a href="([^"]+)">([^<]+)</a>')
BAR = re.compile(r"(\d) of (\d) read")
BUTTON = re.compile(r'<button name="read" value="(\w+)">')


def go_on(client: FlaskClient) -> tuple[str, ...]:
    found = GO_ON.search(client.get("/").text)
    return found.groups() if found else ()


def test_a_reader_goes_on_after_what_was_read_last(
    both_redis: str, ada: FlaskClient, press: Press
) -> None:
    assert go_on(ada) == ("Begin with", "/chapter/one", "The first")
    answer = press(ada, "one/")
    assert (answer.status_code, answer.location) == (303, "/chapter/two")
    assert go_on(ada) == ("Go on reading", "/chapter/two", "The second")
    assert press(ada, "two/2-more").location == "/chapter/two"
    answer = press(ada, "two/")
    assert answer.location == "/chapter/"
    assert "You've read it all." in ada.get("/").text


def test_each_chapter_shows_how_much_was_read(ada: FlaskClient, press: Press) -> None:
    assert BAR.findall(ada.get("/").text) == []
    press(ada, "two/2-more")
    page = ada.get("/").text
    assert BAR.findall(page) == [("1", "2")]
    assert re.search(r'<progress [^>]*max="2" value="1">', page)
    assert re.search(r'<link rel="stylesheet" href="/static/progress\.css', page)


def test_a_button_can_be_pressed_back(ada: FlaskClient, press: Press) -> None:
    assert BUTTON.findall(ada.get("/chapter/one").text) == ["yes"]
    press(ada, "one/")
    page = ada.get("/chapter/one").text
    assert BUTTON.findall(page) == ["no"]
    assert "You've read this part." in page
    answer = press(ada, "one/", "no")
    assert (answer.status_code, answer.location) == (303, "/chapter/one")
    assert BUTTON.findall(ada.get("/chapter/one").text) == ["yes"]
    assert BAR.findall(ada.get("/").text) == []


def test_an_exercise_has_no_button(ada: FlaskClient, chapters: Path) -> None:
    folder = chapters / "01-one" / "exercises" / "try"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("# Try\n\nDo.\n", encoding="utf-8")
    assert BUTTON.findall(ada.get("/chapter/one/exercises/try").text) == []


def test_a_stranger_sees_no_button_and_can_press_none(browser: Browser) -> None:
    client = browser()
    for path in ("/", "/chapter/one"):
        page = client.get(path).text
        assert not BUTTON.search(page)
        assert not GO_ON.search(page)
    answer = client.post("/progress", data={"part": "one/", "read": "yes"})
    assert (answer.status_code, answer.location) == (303, "/login")


def test_everybody_has_their_own_progress(
    ada: FlaskClient, make_user: Callable[..., object], log_in: LogIn, press: Press
) -> None:
    press(ada, "one/")
    make_user("bob")
    bob = log_in("bob")
    assert go_on(bob)[0] == "Begin with"
    press(bob, "two/")
    assert go_on(ada)[1] == "/chapter/two"


@pytest.mark.parametrize(
    ("part", "status"),
    [("three/", 404), ("one/2-more", 404), ("../one/", 404), ("", 422), ("/", 404)],
)
def test_a_part_that_is_not_in_the_book_can_not_be_read(
    ada: FlaskClient, press: Press, redis: Redis, part: str, status: int
) -> None:
    assert press(ada, part).status_code == status
    assert press(ada, part, "no").status_code == status
    assert redis.keys("progress:*") == []


def test_a_first_part_is_the_same_with_and_without_a_slash(
    ada: FlaskClient, press: Press, redis: Redis
) -> None:
    press(ada, "one")
    press(ada, "one/")
    (key,) = redis.keys("progress:*")
    assert redis.hkeys(key) == ["one/"]


def test_a_button_that_we_do_not_have_is_refused(
    ada: FlaskClient, press: Press
) -> None:
    assert press(ada, "one/", "maybe").status_code == 422
    answer = ada.post("/progress", data={"part": "one/", "read": "yes"})
    assert answer.status_code == 400  # nobody else can press ours


def test_a_part_that_has_left_the_book_is_not_counted(
    ada: FlaskClient, press: Press, redis: Redis
) -> None:
    press(ada, "one/")
    (key,) = redis.keys("progress:*")
    redis.hset(key, mapping={"two/9-gone": "2026-01-01", "gone/": "2099-01-01"})
    page = ada.get("/").text
    assert BAR.findall(page) == [("1", "1")]
    assert go_on(ada)[1] == "/chapter/two"


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("", "a"),
        ("a", "b"),
        ("b", "c"),
        ("ab", "c"),
        ("ba", "c"),  # c is the first unread one after a
        ("d", "a"),
        ("cda", "b"),
        ("bcda", None),
    ],
)
def test_the_next_part_is_the_first_unread_one_after_the_last_read(
    read: str, expected: str | None
) -> None:
    moments = {part: f"2026-01-0{day}" for day, part in enumerate(read, 1)}
    assert next_part(["a", "b", "c", "d"], moments) == expected


def test_progress_goes_with_the_account(
    ada: FlaskClient, press: Press, redis: Redis
) -> None:
    press(ada, "one/")
    assert len(redis.keys("progress:*")) == 1
    token = re.search(r'name="csrf_token" value="([^"]+)"', ada.get("/account").text)
    assert token
    password = {"csrf_token": token[1], "delete_password": "correct horse battery"}
    assert ada.post("/account", data=password).status_code == 303
    assert redis.keys("progress:*") == []


def test_two_apps_of_a_process_have_two_clients(
    settings: dict[str, object], redis: Redis
) -> None:
    first = create_app(settings)
    second = create_app(settings | {"REDIS_URL": f"{settings['REDIS_URL']}?db=1"})
    for app, name in ((first, "first"), (second, "second")):
        with app.app_context():
            redis_of().set("whose", name)
    assert redis.get("whose") == "first"


def test_a_page_with_progress_asks_redis_twice_at_most(
    ada: FlaskClient, press: Press, browser: Browser, sent: list[object]
) -> None:
    press(ada, "one/")
    stranger = browser()
    for client in (ada, stranger):
        for path in ("/", "/chapter/one", "/chapter/two", "/search", "/login"):
            sent.clear()
            client.get(path)
            assert len(sent) <= 2, path  # the first view of a part, too
    assert press(ada, "two/").status_code == 303
    sent.clear()
    ada.get("/search")
    assert sent == []
