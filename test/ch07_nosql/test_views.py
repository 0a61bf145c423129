"""How often parts are opened: once a day for each visitor, and who is no visitor."""

import re
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from apps.progress.backend import DAY_SECONDS

Browser = Callable[[], FlaskClient]
LISTED = re.compile(r'<li><a href="([^"]+)">[^<]+</a>\s*<span class="minutes">(\d+)')


def most_read(client: FlaskClient) -> list[tuple[str, str]]:
    page = client.get("/").text
    return LISTED.findall(page.partition('class="most-read"')[2])


def views(redis: Redis) -> dict[str, float]:
    return dict(redis.zrange("views", 0, -1, withscores=True))


def test_the_most_read_parts_are_listed(
    both_redis: str, browser: Browser, ada: FlaskClient
) -> None:
    stranger = browser()
    assert most_read(stranger) == []
    for client, path in [
        (stranger, "/chapter/two"),
        (stranger, "/chapter/two/2-more"),
        (ada, "/chapter/two/2-more"),
    ]:
        assert client.get(path).status_code == 200
    assert most_read(stranger) == [("/chapter/two/2-more", "2"), ("/chapter/two", "1")]
    assert "2 views" in stranger.get("/").text
    assert "1 view<" in stranger.get("/").text


def test_a_visitor_is_counted_once_a_day(browser: Browser, redis: Redis) -> None:
    client = browser()
    client.get("/chapter/one")
    client.get("/chapter/one")
    browser().get("/chapter/one")  # another browser behind the same address
    assert views(redis) == {"one/": 1}
    (seen,) = redis.keys("seen:*")
    assert 0 < redis.ttl(seen) <= DAY_SECONDS
    redis.delete(seen)  # as a day does
    client.get("/chapter/one")
    other = {"REMOTE_ADDR": "192.0.2.7"}
    client.get("/chapter/one", environ_overrides=other)
    assert views(redis) == {"one/": 3}


def test_a_reader_is_the_same_at_every_address(ada: FlaskClient, redis: Redis) -> None:
    for address in ("192.0.2.7", "192.0.2.8"):
        ada.get("/chapter/one", environ_overrides={"REMOTE_ADDR": address})
    assert views(redis) == {"one/": 1}


def test_only_pages_are_counted(
    browser: Browser, client: FlaskClient, redis: Redis
) -> None:
    client.get("/chapter/one")  # a program: JSON
    for path in ("/", "/chapter/three", "/chapter/one/none.png", "/login"):
        browser().get(path)
    assert views(redis) == {}


def test_a_head_request_is_no_view(browser: Browser, redis: Redis) -> None:
    assert browser().head("/chapter/one").status_code == 200
    assert views(redis) == {}


def test_nobody_can_read_who_a_visitor_was(
    app: Flask, browser: Browser, redis: Redis
) -> None:
    address = {"REMOTE_ADDR": "192.0.2.7"}
    browser().get("/chapter/one", environ_overrides=address)
    (seen,) = redis.keys("seen:*")
    assert "192.0.2.7" not in seen
    app.config["SECRET_KEY"], kept = "another", app.config["SECRET_KEY"]
    browser().get("/chapter/one", environ_overrides=address)
    app.config["SECRET_KEY"] = kept
    assert len(redis.keys("seen:*")) == 2  # the key is in it, so no table helps


def test_what_has_left_the_book_is_not_listed(
    browser: Browser, chapters: Path, redis: Redis
) -> None:
    for number in range(3, 10):
        folder = chapters / f"0{number}-c{number}"
        folder.mkdir()
        (folder / "README.md").write_text(f"# C{number}\n", encoding="utf-8")
        redis.zincrby("views", number, f"c{number}/")
    redis.zincrby("views", 100, "gone/")
    expected = [(f"/chapter/c{number}", str(number)) for number in range(9, 4, -1)]
    assert most_read(browser()) == expected
