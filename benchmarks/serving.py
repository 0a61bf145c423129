"""How many requests a worker serves in a second of its processor, beside plain Flask.

Starts gunicorn three times on loopback, each with one worker of its usual kind: a bare
Flask "hello", the reading room with 10 chapters of 30 KB, and with 1,000, both as
production runs them. They are asked in turn, a moment each, again and again, so that
whatever else the machine does slows all of them down. Every answer tells the processor
time that its worker has used; the difference from one to the next is what a request
costs, gunicorn included, asking excluded. The first decile of these counts: what else
runs on the processor only makes a request dearer. (So does a rare collection of
garbage, which is therefore left out.) A reader comes without a cookie, and each page is
asked for five times before.

Prints a table and ends after a minute (three where the machine is busy); the exit code
is 1 where a goal is missed. The SQL statements are counted in a second pass.

    .venv/bin/python benchmarks/serving.py [--rounds N]
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from flask import Flask
from flask_migrate import upgrade
from rich.console import Console
from rich.table import Table
from sqlalchemy import event

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps import create_app  # noqa: E402
from apps.store.database import db  # noqa: E402

ENOUGH = 0.02  # seconds of the worker's processor, for each target in each round
LIMIT = 30  # seconds for a server to come up
FEW, MANY = 10, 1000  # chapters
LENGTH = 30_000  # bytes in a chapter
PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
WORDS = (
    "view",
    "route",
    "page",
    "form",
    "model",
    "session",
    "token",
    "cookie",
    "cache",
)
ACCOUNT = {
    "name": "ada",
    "email": "ada@example.org",
    "password": "a long and unusual phrase",
}


class Measured:
    """Middleware: each answer tells the seconds of processor this worker has used."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        """Wrap app."""
        self.app = app

    def __call__(
        self, environ: dict[str, Any], start: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Pass the request on."""

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            used = ("X-Processor-Time", repr(time.process_time()))
            return start(status, [*headers, used], *more)

        return self.app(environ, begin)


def hello() -> Measured:
    """Make what everything is compared with."""
    app = Flask("hello")

    @app.get("/")
    def greet() -> str:
        return "hello"

    return Measured(app)


def room(folder: str) -> Measured:
    """Make the reading room as production runs it."""
    return Measured(create_app(settings(Path(folder))))


def settings(folder: Path) -> dict[str, object]:
    """Return what the reading room in a folder is told."""
    os.environ["JWT_KEYS_FILE"] = str(folder / "keys.json")
    return {
        "APP_CONFIG": "production",
        "SECRET_KEY": (folder / "secret").read_text(),
        "CHAPTERS_FOLDER": folder / "chapters",
        "INSTANCE_FOLDER": folder / "instance",
        "ENV_FILE": os.devnull,
    }


def furnish(folder: Path, chapters: int) -> None:
    """Write the texts, the keys and the database of a room that has one account."""
    choose = random.Random(chapters)  # noqa: S311
    for number in range(1, chapters + 1):
        place = folder / "chapters" / f"{number:04}-chapter-{number}"
        place.mkdir(parents=True)
        (place / "README.md").write_text(text(number, choose), encoding="utf-8")
    (folder / "secret").write_text(secrets.token_hex())
    keys = folder / "keys.json"
    keys.touch(mode=0o600)
    keys.write_text(json.dumps({"1": secrets.token_hex(32)}))
    with quiet():
        app = create_app(settings(folder))
        with app.app_context():
            upgrade()
        headers = {"Origin": "http://localhost"}
        made = app.test_client().post("/user/register", json=ACCOUNT, headers=headers)
    if made.status_code != 201:
        raise SystemExit(f"benchmark: no account could be made: {made.text}")


def text(number: int, choose: random.Random) -> str:
    """Write a chapter of 30 KB: headings, paragraphs, a list, some code."""
    written = [f"# Chapter {number}: All about {choose.choice(WORDS)} {number}\n"]
    while sum(map(len, written)) < LENGTH:
        sentence = " ".join(choose.choices(WORDS, k=90))
        written.append(
            f"\n## Section {len(written)}\n\n{sentence}.\n\n- `{sentence[:40]}`\n"
        )
        written.append("\n```python\ndef view():\n    return {'status': 'ok'}\n```\n")
    return "".join(written)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let nothing be printed: migrations tell what they do."""
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stderr(nowhere),
        contextlib.redirect_stdout(nowhere),
    ):
        yield


@dataclass
class Server:
    """A gunicorn with one worker, and what to ask it with."""

    application: str
    port: int = 0
    cookie: str = ""

    @contextlib.contextmanager
    def running(self) -> Iterator["Server"]:
        """Start it on a free port of loopback; end it afterwards."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        here = str(Path(__file__).parent)
        options = ["--workers", "1", "--pythonpath", here, "--log-level", "error"]
        command = [sys.executable, "-m", "gunicorn", *options]
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{self.port}", self.application],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            self.wait(process)
            yield self
        finally:
            process.terminate()
            process.communicate(timeout=10)

    def wait(self, process: "subprocess.Popen[str]") -> None:
        """Wait until it answers."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError):
                self.ask("/")
                return
            time.sleep(0.05)
        process.terminate()
        raise SystemExit(f"benchmark: no server\n{process.communicate()[1]}")

    def ask(
        self, path: str, method: str = "GET", **sent: Any
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request; return the answer and its body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        connection.request(method, path, **sent)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def log_in(self) -> None:
        """Begin a session, and keep its cookie."""
        sent = {key: ACCOUNT[key] for key in ("name", "password")}
        headers = {
            "Content-Type": "application/json",
            "Origin": f"http://127.0.0.1:{self.port}",
        }
        answer, body = self.ask(
            "/user/login", "POST", body=json.dumps(sent), headers=headers
        )
        if answer.status != 200:
            raise SystemExit(f"benchmark: no log-in: {body.decode()}")
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]


@dataclass
class Target:
    """What is asked, and how it went."""

    name: str
    server: Server
    path: str
    accept: str = PAGE
    member: bool = False
    at_least: float = 0.0  # of hello
    queries: str = ""
    costs: list[float] = field(default_factory=list)  # seconds, of each request
    headers: Mapping[str, str] = field(default_factory=dict)

    def exists(self) -> bool:
        """Tell whether the app has this page; asks it a few times, to warm it up."""
        self.headers = {"Accept": self.accept}
        if self.member:
            self.headers = {**self.headers, "Cookie": self.server.cookie}
        asked = [self.server.ask(self.path, headers=self.headers) for _ in range(5)]
        return asked[-1][0].status == 200

    def measure(self) -> None:
        """Ask for a moment; keep what each request cost."""
        begin = before = self.used()
        while before - begin < ENOUGH:
            after = self.used()
            self.costs.append(after - before)
            before = after

    def used(self) -> float:
        """Ask once; return the processor time that the worker has used until then."""
        answer, _ = self.server.ask(self.path, headers=self.headers)
        return float(answer.headers["X-Processor-Time"])

    @property
    def rate(self) -> float:
        """Return the requests for each second of the worker's processor."""
        return 1 / statistics.quantiles(self.costs, n=10)[0]


def count_queries(folder: Path, targets: Iterable[Target]) -> None:
    """Count the SQL statements of each target, in an app of this process."""
    said: list[str] = []
    with quiet():
        app = create_app({**settings(folder), "SESSION_COOKIE_SECURE": False})
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute", lambda *what: said.append(what[2])
        )
    client, member = app.test_client(), app.test_client()
    login = {key: ACCOUNT[key] for key in ("name", "password")}
    headers = {"Origin": "http://localhost"}
    member.post("/user/login", json=login, headers=headers)
    for target in targets:
        who = member if target.member else client
        for _ in range(2):
            said.clear()
            who.get(target.path, headers={"Accept": target.accept})
        target.queries = str(len(said))


def targets_of(bare: Server, few: Server, many: Server) -> list[Target]:
    """List what is asked; what the app doesn't have (yet) is left out."""
    slug = f"/chapter/chapter-{FEW}"
    found = [
        Target("hello, in bare Flask", bare, "/"),
        Target("/health", few, "/health", "*/*", at_least=0.75),
        Target("the log-in page", few, "/login", at_least=0.3),
        Target("a chapter", few, slug),
        Target("a chapter, JSON", few, slug, "application/json"),
        Target("a chapter, logged in", few, slug, member=True),
        Target("the account, logged in", few, "/account", member=True),
        Target("who am I, JSON", few, "/user/me", "*/*", member=True),
    ]
    for name, server in ((f"{FEW}", few), (f"{MANY:,}", many)):
        found += [
            Target(f"the list of {name}", server, "/"),
            Target(f"the list of {name}, JSON", server, "/", "*/*"),
            Target(f"search in {name}", server, "/search?q=session"),
            Target(f"search in {name}, JSON", server, "/search?q=session", "*/*"),
        ]
    return [target for target in found if target.exists()]


def show(targets: list[Target]) -> bool:
    """Print the table; tell whether every goal is met."""
    table = Table(title="Requests in a second of the worker's processor; SQL queries")
    for name in ("asked", "per s", "of hello", "goal", "SQL"):
        side: Literal["left", "right"] = "left" if name == "asked" else "right"
        table.add_column(name, justify=side, no_wrap=True)
    hello, met = targets[0].rate, True
    by_name = {target.name: target for target in targets}
    for target in targets:
        part, goal = target.rate / hello, ""
        if target.at_least:
            goal = f">= {target.at_least:.2f}: {mark(part >= target.at_least)}"
            met &= part >= target.at_least
        other = by_name.get(target.name.replace(f"{MANY:,}", f"{FEW}"))
        if other and other is not target:
            times = other.rate / target.rate
            goal = f"{times:.1f} < 10 x {FEW}'s: {mark(times < 10)}"
            met &= times < 10
        table.add_row(
            target.name, f"{target.rate:,.0f}", f"{part:.2f}", goal, target.queries
        )
    Console().print(table)
    return met


def mark(holds: bool) -> str:
    """Show whether a goal is met."""
    return "[green]ok[/]" if holds else "[red]missed[/]"


def main() -> int:
    """Furnish, start, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=30, help="2 at least [30]")
    rounds = max(2, parser.parse_args().rounds)
    place = Path(tempfile.mkdtemp(prefix="lectern-serving-"))
    try:
        for name, chapters in (("few", FEW), ("many", MANY)):
            (place / name).mkdir()
            furnish(place / name, chapters)
        bare = Server("serving:hello()")
        few = Server(f"serving:room({str(place / 'few')!r})")
        many = Server(f"serving:room({str(place / 'many')!r})")
        with bare.running(), few.running(), many.running():
            few.log_in()
            targets = targets_of(bare, few, many)
            for _ in range(rounds):
                for target in targets:
                    target.measure()
        rooms = {id(few): place / "few", id(many): place / "many"}
        for server, folder in rooms.items():
            count_queries(folder, [t for t in targets if id(t.server) == server])
    finally:
        shutil.rmtree(place)
    return 0 if show(targets) else 1


if __name__ == "__main__":
    sys.exit(main())
