"""Measure what a page costs in Redis and MongoDB, and whether that grows with them.

Two rooms, both as production runs them and with embedded stores: one with few counters
and notes, one with 1,000,000 counters and 10,000 notes. Of both, a page shows the same:
what its reader has read, what is read most, and the same notes on the part. They are
asked in turn, again and again, so that whatever else the machine does slows both down;
the first decile of what a page takes counts, the stores' answers included.

Prints a table and ends after two minutes, most of which it takes to fill the stores.
The exit code is 1 where a goal is missed.

    .venv/bin/python benchmarks/stores.py [--rounds N]
"""

import argparse
import itertools
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

import pymongo
from bson import ObjectId
from flask import Flask
from flask.testing import FlaskClient
from pymongo import monitoring
from redis.connection import AbstractConnection
from rich.console import Console
from rich.table import Table

from serving import ACCOUNT, FEW, HTML, prepare, quiet, settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps import create_app  # noqa: E402
from apps.note import commands, domain  # noqa: E402
from apps.progress import pages as progress_pages  # noqa: E402
from apps.store import mongo, redis  # noqa: E402
from apps.user.models import User  # noqa: E402

TRIPS_GOAL = 3  # round trips to both stores together
GROWTH_GOAL = 1.10  # times what the page costs with few
COUNTERS, NOTES = 1_000_000, 10_000
SHOWN = 20  # notes on the page, in both rooms
BOOK = 60  # parts that the other notes are spread over
MESSAGE = 1_000  # documents that MongoDB gets at once
FILL_SECONDS = 100  # that it has for them, instead of what a request waits
PARTS = [f"chapter-{number}/" for number in range(1, FEW + 1)]
PART = f"/chapter/chapter-{FEW}"
READER, OTHERS = 1, 500  # the account's id; other authors of notes
LISTENING: list[str] = []  # the round trips since the list was emptied


class Listener(monitoring.CommandListener):
    """Notes each command that PyMongo sends."""

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Note the command."""
        LISTENING.append("mongo")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Ignore its answer."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Give up: what is measured must be what works."""
        raise SystemExit(f"benchmark: {event.command_name}: {event.failure}")


def listen() -> None:
    """Note what both clients send from now on."""
    monitoring.register(Listener())
    send = AbstractConnection.send_packed_command

    def note(self: AbstractConnection, *sent: Any, **how: Any) -> None:
        LISTENING.append("redis")
        send(self, *sent, **how)

    AbstractConnection.send_packed_command = note


@dataclass
class Room:
    """A reading room, and a reader and a stranger in it."""

    app: Flask
    reader: FlaskClient
    stranger: FlaskClient


@contextmanager
def rooms(folder: Path) -> Iterator[dict[str, Room]]:
    """Give both rooms, filled."""
    found = {}
    for name, counters, notes in (("few", 100, SHOWN), ("many", COUNTERS, NOTES)):
        (folder / name).mkdir()
        prepare(folder / name, FEW)
        with quiet():
            told = settings(folder / name)
            app = create_app({**told, "SESSION_COOKIE_SECURE": False})
        with app.app_context(), quiet():
            fill_redis(counters)
            fill_mongo(notes)
        found[name] = Room(app, log_in(app.test_client()), app.test_client())
    yield found


def fill_redis(counters: int) -> None:
    """Count views: half are the parts' own counters, half say who was seen where.

    Of the parts, those that the book still has are read most.
    """
    client = redis.client()
    read = {part: datetime.now(UTC).isoformat() for part in PARTS[:3]}
    client.hset(f"progress:{READER}", mapping=read)
    client.zadd("views", {part: 1e6 + n for n, part in enumerate(PARTS)})
    for numbers in batches(counters // 2, 10 * MESSAGE):
        client.zadd("views", {f"gone-{n}/": n for n in numbers})
        with client.pipeline(transaction=False) as pipe:
            for n in numbers:
                pipe.set(f"seen:{n:016x}:{PARTS[n % FEW]}", 1, ex=86_400)
            pipe.execute()


def fill_mongo(notes: int) -> None:
    """Write notes: SHOWN on the page, the others on all parts of the book alike.

    Half of those are private. On the page's part all are, so that both rooms show the
    same, and one has to leave out 167.
    """
    commands.make_indexes(commands.ANSWER_SECONDS)
    with pymongo.timeout(FILL_SECONDS):
        for numbers in batches(notes, MESSAGE):
            mongo.database()["notes"].insert_many([note(n) for n in numbers])


def note(number: int) -> dict[str, Any]:
    """Make a note, as the app's own backend stores it."""
    shown, here = number < SHOWN, number % BOOK == 0
    author_id, now = READER + 1 + number % OTHERS, datetime.now(UTC)
    key = ObjectId()
    shared = shown or number % 2 == 1
    return {
        "_id": key,
        "id": str(key),
        "author_id": author_id,
        "part": PARTS[-1] if shown or here else f"part-{number % BOOK}/",
        "quote": {"exact": "view", "prefix": "a ", "suffix": " of"},
        "body": f"Note *{number}*: why?",
        "tags": ["question"],
        "shared": shared,
        "seen_by": 0 if shared else author_id,
        "created_at": now,
        "changed_at": now,
        "version": 1,
    }


def batches(most: int, size: int) -> Iterator[range]:
    """Cut the numbers up to most into pieces that go in one message."""
    for begin in range(0, most, size):
        yield range(begin, min(begin + size, most))


def log_in(client: FlaskClient) -> FlaskClient:
    """Begin a session."""
    sent = {key: ACCOUNT[key] for key in ("name", "password")}
    headers = {"Origin": "http://localhost"}
    answer = client.post("/user/login", json=sent, headers=headers)
    if answer.status_code != 200:
        raise SystemExit(f"benchmark: no log-in: {answer.text}")
    return client


@dataclass
class Page:
    """A page in both rooms: its round trips, and what it took, in seconds."""

    name: str
    ask: Callable[[Room], Any]
    trips: list[str] = field(default_factory=list)
    few: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)

    def count(self, room: Room) -> None:
        """Count the round trips of the page that has been asked for before."""
        self.ask(room)
        LISTENING.clear()
        self.ask(room)
        self.trips = LISTENING.copy()

    def measure(self, found: dict[str, Room]) -> None:
        """Ask both rooms once."""
        for taken, room in ((self.few, found["few"]), (self.many, found["many"])):
            begin = time.perf_counter()
            self.ask(room)
            taken.append(time.perf_counter() - begin)

    @property
    def growth(self) -> float:
        """Return how many times longer the page takes with many."""
        return decile(self.many) / decile(self.few)


def decile(taken: list[float]) -> float:
    """Return what the fastest tenth took at most."""
    return statistics.quantiles(taken, n=10)[0]


def get(path: str, who: str) -> Callable[[Room], Any]:
    """Return what asks for a page as a reader or a stranger; it must be there."""

    def ask(room: Room) -> None:
        client: FlaskClient = getattr(room, who)
        answer = client.get(path, headers={"Accept": HTML})
        if answer.status_code != 200:
            raise SystemExit(f"benchmark: {path}: {answer.status}")

    return ask


def first_view(who: str) -> Callable[[Room], Any]:
    """Return what asks for a part as a reader or a stranger who was never there."""
    numbers, view = itertools.count(1), get(PART, who)

    def ask(room: Room) -> None:
        visitor = f"new-{next(numbers)}"
        with patch.object(progress_pages, "_visitor", return_value=visitor):
            view(room)

    return ask


def notes(room: Room) -> None:
    """Ask for the notes on the part, as its page does."""
    with room.app.app_context():
        found = domain.on_part(PARTS[-1], User(id=READER))
    if len(found) != SHOWN:
        raise SystemExit(f"benchmark: {len(found)} notes, not {SHOWN}")


def pages() -> list[Page]:
    """List what is measured."""
    return [
        Page("a part, logged in", get(PART, "reader")),
        Page("a part", get(PART, "stranger")),
        Page("a part, seen first", first_view("stranger")),
        Page("a part, first, logged in", first_view("reader")),
        Page("its notes alone", notes),
        Page("the contents, logged in", get("/", "reader")),
        Page("the contents", get("/", "stranger")),
    ]


def show(found: list[Page]) -> bool:
    """Print the table; tell whether every goal is met."""
    title = f"A page with {COUNTERS:,} counters and {NOTES:,} notes, beside one of few"
    table = Table(title=title)
    columns = ("page", "Redis", "MongoDB", "together", "few", "many", "growth")
    for name in columns:
        side: Literal["left", "right"] = "left" if name == "page" else "right"
        table.add_column(name, justify=side, no_wrap=True)
    met = True
    for page in found:
        few_trips, slow = len(page.trips) <= TRIPS_GOAL, page.growth >= GROWTH_GOAL
        met = met and few_trips and not slow
        trips = goal(f"{len(page.trips)} <= {TRIPS_GOAL}", few_trips)
        growth = goal(f"{page.growth:.2f} x < {GROWTH_GOAL:.2f} x", not slow)
        counts = [str(page.trips.count(store)) for store in ("redis", "mongo")]
        times = [f"{decile(taken) * 1000:.2f} ms" for taken in (page.few, page.many)]
        table.add_row(page.name, *counts, trips, *times, growth)
    Console(width=110).print(table)
    return met


def goal(reached: str, met: bool) -> str:
    """Write what was reached, and whether that was the goal."""
    return f"{reached}: {'[green]ok[/]' if met else '[red]missed[/]'}"


def main() -> int:
    """Fill the rooms, count, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=300, help="2 at least [300]")
    rounds = max(2, parser.parse_args().rounds)
    os.environ.pop("REDIS_URL", None)
    listen()
    folder = Path(tempfile.mkdtemp(prefix="lectern-stores-"))
    measured = pages()
    try:
        with rooms(folder) as found:
            for page in measured:
                page.count(found["many"])
            for _ in range(rounds):
                for page in measured:
                    page.measure(found)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if show(measured) else 1


if __name__ == "__main__":
    sys.exit(main())
