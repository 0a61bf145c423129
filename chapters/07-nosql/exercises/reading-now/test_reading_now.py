"""How many people are reading at the moment."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from redis.connection import AbstractConnection

from apps import create_app
from apps.store.database import db
from apps.store.redis import client as redis_of

BROWSER = {"Accept": "text/html"}
SAID = re.compile(r"(\d+) (person is|people are) reading at the moment\.")
BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)

Travel = Callable[[timedelta], None]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An app with a database and a Redis of its own."""
    for name in ("01-one", "02-two"):
        folder = tmp_path / "chapters" / name
        folder.mkdir(parents=True)
        (folder / "README.md").write_text("# A chapter\n", encoding="utf-8")
    settings = {
        "APP_CONFIG": "testing",
        "CHAPTERS_FOLDER": tmp_path / "chapters",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'lectern.db'}",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "instance",
        "REDIS_URL": "embedded",
    }
    app = create_app(settings)
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["redis"].close()


@pytest.fixture(autouse=True)
def travel(monkeypatch: pytest.MonkeyPatch) -> Travel:
    """Hold the clock still, and move it: `travel(timedelta(minutes=4))`."""
    moment = [BEGIN]
    monkeypatch.setattr("apps.clock.now", lambda: moment[0])

    def travel(by: timedelta) -> None:
        moment[0] += by

    return travel


def read(app: Flask, address: str, path: str = "/chapter/one") -> None:
    """Open a part from an address, as a stranger."""
    client = app.test_client()
    from_there = {"REMOTE_ADDR": address}
    answer = client.get(path, headers=BROWSER, environ_overrides=from_there)
    assert answer.status_code == 200


def reading(app: Flask) -> tuple[str, ...] | None:
    """Return what the contents say: a number, and the words after it."""
    found = SAID.search(app.test_client().get("/", headers=BROWSER).text)
    return found.groups() if found else None


def test_each_visitor_is_counted_once(app: Flask) -> None:
    """The contents say how many people have opened a part, however many parts."""
    assert reading(app) is None
    read(app, "192.0.2.1")
    read(app, "192.0.2.1", "/chapter/two")
    assert reading(app) == ("1", "person is")
    read(app, "192.0.2.2")
    assert reading(app) == ("2", "people are")


def test_after_five_minutes_one_is_gone(app: Flask, travel: Travel) -> None:
    """Who opened nothing for five minutes isn't counted; who did, is."""
    read(app, "192.0.2.1")
    read(app, "192.0.2.2")
    travel(timedelta(minutes=4))
    read(app, "192.0.2.1", "/chapter/one")  # no view any more today, but reading
    travel(timedelta(minutes=2))
    assert reading(app) == ("1", "person is")
    travel(timedelta(minutes=4))
    assert reading(app) is None


def test_nothing_piles_up(app: Flask, travel: Travel) -> None:
    """A visitor of long ago is kept under no key but those that expire."""
    for number in range(1, 20):
        read(app, f"192.0.2.{number}")
        travel(timedelta(minutes=1))
    with app.app_context():
        redis = redis_of()
        sizes = {
            key: redis.zcard(key)
            for key in redis.scan_iter()
            if redis.type(key) == "zset" and key != "views"
        }
        others = [key for key in redis.scan_iter() if redis.type(key) == "set"]
        lasting = [k for k in redis.scan_iter("seen:*") if redis.ttl(k) < 0]
    assert sizes, "how many read is best kept in a sorted set"
    assert max(sizes.values()) <= 6
    assert others == []
    assert lasting == []


def test_a_page_costs_three_round_trips(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contents and a part send three messages to Redis at most."""
    sent: list[object] = []
    send = AbstractConnection.send_packed_command

    def note(
        self: AbstractConnection, command: object, check_health: bool = True
    ) -> None:
        sent.append(command)
        send(self, command, check_health)

    read(app, "192.0.2.1")
    reading(app)
    monkeypatch.setattr(AbstractConnection, "send_packed_command", note)
    read(app, "192.0.2.2")
    assert 1 <= len(sent) <= 3
    sent.clear()
    assert reading(app) == ("2", "people are")
    assert 1 <= len(sent) <= 3
