"""Measure what the nastiest request costs at each route, beside the smallest one.

Starts gunicorn on loopback with one worker and the reading room as production runs it,
but with the cheapest hash of passwords: its time is the same for every password, and
would hide the rest. Each route is asked by a stranger, a reader and a program, with
each of its methods: by the smallest request that reaches what the view does, then by
the largest bodies, by texts that cost most to fold, to parse, to match or to escape,
and by headers and addresses of the same kind, as large as gunicorn lets them in. A
header of each answer has the processor time that the app took for it, so what else the
machine does counts little; what is dear is asked again, and the cheapest time counts.

Prints a line for each route and ends after some minutes. The exit code is 1 where a
request costs LIMIT times the smallest of its route, or is answered by a failure.

    .venv/bin/python benchmarks/hostile.py [--rounds N] [--route /login]
"""

import argparse
import contextlib
import http.client
import json
import re
import shutil
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from flask import Flask
from rich.console import Console
from rich.progress import track
from rich.table import Table

import serving
from hostile_pieces import (
    FORMS,
    HEADER,
    LISTS,
    MULTIPART,
    NOTATIONS,
    SINGLE,
    TEXTS,
    fill,
)
from serving import ACCOUNT, Server, create_app

PROGRESS = Console(stderr=True)  # not in what is piped on
LIMIT = 20  # times the smallest request of a route
SIZES = (16 * 1024, 1024 * 1024)  # bytes of a body: what forms may have; what all may
HEADERS = 90  # headers, of which gunicorn takes 100
LINE = 3800  # bytes of an address: gunicorn takes 4094 in the line of a request
FORM = "application/x-www-form-urlencoded"
FILLED = {"int": "1", "any": "svg", "slug": "chapter-1", "filename": "book.css"}
PLACEHOLDER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")

PARAMETERS = ("q", "next", "after", "before", "user", "v")


@dataclass(frozen=True)
class Asked:
    """A request: how it is called in the table, and what is sent."""

    name: str
    query: str = ""
    body: bytes = b""
    chunked: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Who:
    """Somebody who asks: with a cookie and the token of our own forms, or a token."""

    name: str
    cookie: str = ""
    csrf: str = ""
    bearer: str = ""

    def enter(self, server: Server) -> None:
        """Log in where that is needed, and read the token of our forms."""
        self.cookie = self.bearer = ""
        if self.name == "a program":
            pair = f"{ACCOUNT['name']}:{ACCOUNT['password']}".encode()
            basic = (("Authorization", f"Basic {b64encode(pair).decode()}"),)
            asked = Asked("", headers=basic)
            answer = send(server, Route("/user/token", "POST", self), asked)
            self.bearer = json.loads(answer.text)["access_token"]
            return
        if self.name == "a reader":
            server.log_in()
            self.cookie = server.cookie
        page = send(server, Route("/login", "GET", self), Asked(""))
        self.cookie = page.cookie or self.cookie
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
        self.csrf = found[1] if found else ""


@dataclass
class Route:
    """A way into the app, and what its requests have cost."""

    path: str
    method: str
    who: Who
    fields: tuple[str, ...] = ()
    is_form: bool = False
    smallest: float = 0.0  # seconds
    costs: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def worst(self) -> str:
        """Name the request that costs most."""
        return max(self.costs, key=lambda name: self.costs[name])

    @property
    def ratio(self) -> float:
        """Return how many times the smallest request the dearest one costs."""
        return self.costs[self.worst] / self.smallest


class ProcessorTime:
    """Middleware: a header says what processor time the app took to begin its answer.

    What gunicorn needs to read the headers is not the app's, and not counted.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        """Wrap app."""
        self.app = app

    def __call__(
        self, environ: dict[str, Any], start: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Pass the request on."""
        began = time.process_time()

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            used = ("X-Processor-Time", repr(time.process_time() - began))
            return start(status, [*headers, used], *more)

        return self.app(environ, begin)


def room(folder: str) -> ProcessorTime:
    """Make the reading room as production runs it, with the cheapest hash."""
    cheap = {"PASSWORD_MEMORY": 8, "PASSWORD_TIME": 1, "SESSION_COOKIE_SECURE": False}
    return ProcessorTime(create_app(serving.settings(Path(folder)) | cheap))


def takes_form(app: Flask, endpoint: str) -> bool:
    """Tell whether a view takes a form; others take JSON, or nothing."""
    return bool(getattr(app.view_functions[endpoint], "takes_form", False))


def routes_of(folder: Path, who: Who) -> Iterator[Route]:
    """List the app's routes, with each of their methods."""
    with serving.quiet():
        app = create_app(serving.settings(folder))
    for rule in app.url_map.iter_rules():
        path = PLACEHOLDER.sub(placeholder, rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            form = takes_form(app, rule.endpoint)
            yield Route(path, method, who, is_form=form)


def placeholder(found: re.Match[str]) -> str:
    """Fill a placeholder of a rule with what leads to a page."""
    return FILLED.get(found[2]) or FILLED.get(found[1] or "", "a")


def find_fields(server: Server, route: Route) -> tuple[str, ...]:
    """Ask a route which texts it takes: by its page, or by what it misses in JSON."""
    if route.method == "GET":
        return ()
    if route.is_form:
        page = send(server, Route(route.path, "GET", route.who), Asked(""))
        found = set(re.findall(r'<input[^>]* name="(\w+)"', page.text)) - {"csrf_token"}
        return (*sorted(found or {"action", "role"}), "next")
    json_please = (("Accept", "application/json"),)
    answer = send(server, route, Asked("", body=b"{}", headers=json_please))
    if answer.status != 422:
        return ()
    return tuple(one["field"] for one in json.loads(answer.text)["errors"])


@dataclass
class Answer:
    """What came back: the status, the text and the worker's processor time."""

    status: int
    text: str
    used: float  # seconds; 0 where gunicorn answers by itself
    cookie: str = ""


def send(server: Server, route: Route, asked: Asked) -> Answer:
    """Send a request to a route."""
    kind = FORM if route.is_form else "application/json"
    headers = [("Host", f"127.0.0.1:{server.port}"), ("Sec-Fetch-Site", "same-origin")]
    names = {name for name, _ in asked.headers}
    if route.who.bearer and "Authorization" not in names:
        headers.append(("Authorization", f"Bearer {route.who.bearer}"))
    if route.who.cookie and "Cookie" not in names:
        headers.append(("Cookie", route.who.cookie))
    if route.method != "GET" and "Content-Type" not in names:
        headers.append(("Content-Type", kind))
    if "Accept" not in names and not route.who.bearer:
        headers.append(("Accept", serving.HTML))
    if asked.chunked:
        headers.append(("Transfer-Encoding", "chunked"))
    elif asked.body or route.method != "GET":
        headers.append(("Content-Length", str(len(asked.body))))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.putrequest(
        route.method,
        route.path + asked.query,
        skip_host=True,
        skip_accept_encoding=True,
    )
    for name, value in [*headers, *asked.headers]:
        connection.putheader(name, value.encode("latin-1", "replace"))
    with contextlib.suppress(ConnectionError):  # refused before all of it was sent
        connection.endheaders(asked.body or None, encode_chunked=asked.chunked)
    try:
        answer = connection.getresponse()
        used = float(answer.headers.get("X-Processor-Time", "0"))
        text = answer.read().decode("utf-8", "replace")
        cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
        return Answer(answer.status, text, used, cookie)
    except (ConnectionError, http.client.HTTPException):
        return Answer(0, "", 0)
    finally:
        connection.close()


def body_of(route: Route, values: dict[str, str]) -> bytes:
    """Write texts as the form or the JSON object that a route takes."""
    if route.is_form:
        values = {**values, "csrf_token": route.who.csrf}
        pairs = [f"{name}={quote(value, safe='')}" for name, value in values.items()]
        return "&".join(pairs).encode()
    return json.dumps(values, ensure_ascii=False).encode()


def smallest_of(route: Route) -> Asked:
    """Return the smallest request that reaches what a view does."""
    body = (
        b""
        if route.method == "GET"
        else body_of(route, dict.fromkeys(route.fields, "a"))
    )
    return Asked("the smallest", body=body)


def bodies_of(route: Route, size: int) -> Iterator[Asked]:
    """List the bodies of about a size."""
    for name, shape in TEXTS.items():
        for one in route.fields:
            values = dict.fromkeys(route.fields, "a")
            room = size - len(body_of(route, {**values, one: ""}))
            widest = max(len(quote(c, safe="")) for c in shape[1])
            width = widest if route.is_form else 0
            values[one] = fill(shape, room - 40, width)
            yield Asked(f"{one}: {name}", body=body_of(route, values))
    if route.method == "GET":
        yield Asked("a body", body=b" " * size)
        return
    for shapes in (FORMS, NOTATIONS):
        for name, shape in shapes.items():
            body = fill(shape, size).encode()
            yield Asked(name, body=body)
            yield Asked(f"{name}, chunked", body=body, chunked=True)
    multipart = (("Content-Type", "multipart/form-data; boundary=x"),)
    for name, shape in MULTIPART.items():
        yield Asked(name, body=fill(shape, size).encode(), headers=multipart)


def heads_of(route: Route) -> Iterator[Asked]:
    """List hostile addresses and headers, each with the smallest body."""
    body = smallest_of(route).body
    for name, shape in TEXTS.items():
        widest = max(len(quote(c, safe="")) for c in shape[1])
        long = quote(fill(shape, LINE, widest), safe="")
        yield Asked(f"?q= {name}", f"?q={long}", body)
        for size in (LINE // len(PARAMETERS) // widest, 60):
            value = quote(fill(shape, size, 1), safe="")
            query = "&".join(f"{parameter}={value}" for parameter in PARAMETERS)
            if len(query) <= LINE:
                yield Asked(f"?q=..., {size} {name}", f"?{query}", body)
    for piece in ("a&", "a=b&", "%ff", "=&", "q="):
        yield Asked(f"?{piece}", "?" + piece * (LINE // len(piece)), body)
    for name, shape in LISTS.items():
        value = (name, fill(shape, HEADER))
        yield Asked(f"{name}", body=body, headers=(value,))
        yield Asked(f"{name}, {HEADERS} times", body=body, headers=(value,) * HEADERS)
    for name, value in SINGLE.items():
        header = "Cookie" if "session" in name else "Authorization"
        yield Asked(name, body=body, headers=((header, value),))
    for name, shape in TEXTS.items():
        user = fill(shape, HEADER * 3 // 4 - 100).encode()
        for pair in (user + b":a", b"a:" + user):
            basic = "Basic " + b64encode(pair).decode()
            yield Asked(
                f"Basic, {name}", body=body, headers=(("Authorization", basic),)
            )


def measure(server: Server, route: Route, asked: Asked, rounds: int) -> float:
    """Return the processor time of a request, in seconds: the least of some rounds.

    What costs little more than the smallest request is asked once.
    """
    least = float("inf")
    for _ in range(rounds):
        if route.path.endswith("logout"):
            route.who.enter(server)
        answer = send(server, route, asked)
        if answer.status >= 500:
            route.failures.append(f"{asked.name}: {answer.status}")
        least = min(least, answer.used)
        if least < 3 * route.smallest:
            break
    return least


def attack(server: Server, route: Route, rounds: int) -> None:
    """Throw everything at a route, and note what each request costs."""
    route.fields = find_fields(server, route)
    smallest = smallest_of(route)
    route.smallest = min(measure(server, route, smallest, 1) for _ in range(10))
    asked = list(heads_of(route))
    for size in SIZES:
        asked += bodies_of(route, size)
    for one in asked:
        route.costs[one.name] = max(
            measure(server, route, one, rounds), route.costs.get(one.name, 0)
        )


def show(routes: list[Route]) -> bool:
    """Print the table; tell whether no route costs too much, and none fails."""
    table = Table(title="Milliseconds of the worker's processor")
    for name in ("route", "asked by", "smallest", "dearest", "ratio", "which"):
        side: Literal["left", "right"] = "left"
        if name in ("smallest", "dearest", "ratio"):
            side = "right"
        table.add_column(name, justify=side, no_wrap=True)
    for route in sorted(routes, key=lambda route: -route.ratio):
        missed = route.ratio >= LIMIT
        table.add_row(
            f"{route.method} {route.path}",
            route.who.name,
            f"{route.smallest * 1000:.2f}",
            f"{route.costs[route.worst] * 1000:.2f}",
            f"{route.ratio:.1f}{' [red]missed[/]' if missed else ''}",
            route.worst.replace("[", "\\["),
        )
    console = Console(width=130)
    console.print(table)
    for route in routes:
        for name, cost in route.costs.items():
            if cost >= route.smallest * LIMIT:
                line = f"{route.method} {route.path} as {route.who.name}, {name}"
                console.print(f"{line}: {cost * 1000:.1f} ms", markup=False)
    failures = [
        f"{route.method} {route.path} as {route.who.name}, {failure}"
        for route in routes
        for failure in route.failures
    ]
    for failure in failures[:40]:
        console.print(failure, markup=False)
    return not failures and all(route.ratio < LIMIT for route in routes)


def main() -> int:
    """Prepare a room, start its server, attack each route, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="of what is dear [3]")
    parser.add_argument("--route", default="", help="only those that begin with this")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lectern-hostile-"))
    try:
        serving.prepare(folder, serving.FEW)
        picture = "<svg xmlns='http://www.w3.org/2000/svg'/>"
        for chapter in (folder / "chapters").iterdir():
            (chapter / "a.svg").write_text(picture, encoding="utf-8")
        server = Server(f"hostile:room({str(folder)!r})")
        with server.running():
            routes = []
            for who in (Who("a stranger"), Who("a reader"), Who("a program")):
                who.enter(server)
                routes += [
                    route
                    for route in routes_of(folder, who)
                    if route.path.startswith(options.route)
                    and not (route.is_form and who.bearer)
                ]
            for route in track(routes, "Attacking each route", console=PROGRESS):
                attack(server, route, options.rounds)
    finally:
        shutil.rmtree(folder)
    return 0 if show(routes) else 1


if __name__ == "__main__":
    sys.exit(main())
