"""Readers in browsers that ask for pages, and what they are sent."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.connection import AbstractConnection
from werkzeug.test import TestResponse

from apps.permission import domain as permissions
from apps.user import domain as accounts

PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def browser(app: Flask) -> Callable[[], FlaskClient]:
    """Make a client that asks for pages, as our own ones do."""

    def make() -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        client.environ_base["HTTP_ACCEPT"] = PAGE
        return client

    return make


@pytest.fixture
def ada(
    make_user: Callable[..., object], log_in: Callable[[str], FlaskClient]
) -> FlaskClient:
    """A browser in which ada is logged in."""
    make_user("ada")
    return log_in("ada")


@pytest.fixture
def press() -> Callable[..., TestResponse]:
    """Press the button below a part: `press(ada, "one/", "yes")`."""

    def press(client: FlaskClient, part: str, read: str = "yes") -> TestResponse:
        token = TOKEN.search(client.get("/account").text)
        assert token
        form = {"csrf_token": token[1], "part": part, "read": read}
        return client.post("/progress", data=form)

    return press


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A client of the tests' own."""
    with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the app has sent to Redis: each is a round trip."""
    found: list[object] = []
    send = AbstractConnection.send_packed_command

    def note(
        self: AbstractConnection, command: object, check_health: bool = True
    ) -> None:
        found.append(command)
        send(self, command, check_health)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", note)
    return found


@pytest.fixture
def make_stranger() -> Callable[[Flask], FlaskClient]:
    """Make a browser in which nobody is logged in, for an app of the test's own."""

    def make(app: Flask) -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_ACCEPT"] = PAGE
        return client

    return make


@pytest.fixture
def author(
    app: Flask,
    make_user: Callable[..., object],
    log_in: Callable[[str], FlaskClient],
) -> Callable[[str], FlaskClient]:
    """Make somebody who may upload files, and log them in: `author("ada")`."""

    def make(name: str) -> FlaskClient:
        make_user(name)
        with app.app_context():
            user = accounts.find(name)
            assert user is not None
            permissions.grant(user.id, "author")
        return log_in(name)

    return make


@pytest.fixture
def eve(author: Callable[[str], FlaskClient]) -> FlaskClient:
    """A browser in which an author is logged in."""
    return author("eve")


@pytest.fixture
def on_disk(app: Flask) -> Callable[[], list[str]]:
    """Name all that is in the folder for files, drafts too."""

    def listed() -> list[str]:
        folder = Path(app.instance_path, "files")
        return sorted(path.name for path in folder.rglob("*") if path.is_file())

    return listed
