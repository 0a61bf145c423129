"""Whatever is thrown at a route, it answers with what is wrong, and never fails.

The routes are read from the app's own map, so that each new one is tested as it comes.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import pytest
from flask import Flask, json
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

EXAMPLES = int(os.environ.get("BAD_INPUT_EXAMPLES", "300"))
PASSWORD = "a long and unusual phrase"
ADA = {"name": "ada", "email": "ada@example.org", "password": PASSWORD}
OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
LIMIT = 4000  # bytes in a body, for these tests
SAFE = {"GET", "HEAD", "OPTIONS"}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
PLACEHOLDER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
FILLED = {"int": "1", "float": "1.5", "uuid": "0" * 8 + "-0000" * 3 + "-" + "0" * 12}

WRONG_VALUES = [
    None,
    True,
    0,
    -1.5,
    2**70,
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\u202e",
    "x" * 3000,
    [],
    ["x"],
    {},
    {"a": 1},
]
WRONG_BODIES: dict[str, tuple[bytes, set[int]]] = {
    "nothing": (b"", {400}),
    "half": (b'{"name": "a', {400}),
    "no JSON": (b"name=ada", {400}),
    "not UTF-8": (b'{"name": "\xff\xfe"}', {400}),
    "UTF-16": ('{"name": "a"}'.encode("utf-16"), {400}),
    "a byte order mark": (b'\xef\xbb\xbf{"name": 1}', {400, 422}),
    "a key twice": (b'{"name": "a", "name": "b"}', {400}),
    "a key twice, inside": (b'{"name": {"a": 1, "a": 2}}', {400}),
    "NaN": (b'{"name": NaN}', {400}),
    "Infinity": (b'{"name": -Infinity}', {400}),
    "an enormous number": (b'{"name": ' + b"9" * 3900 + b"}", {400, 422}),
    "a number out of range": (b'{"name": 1e999}', {400, 422}),
    "deep lists": (b"[" * 1900 + b"]" * 1900, {400}),
    "deep objects": (b'{"a":' * 600 + b"1" + b"}" * 600, {400}),
    "never closed": (b"[" * 3900, {400}),
    "NUL": (b'{"name": "\\u0000"}', {400, 422}),
    "a bare NUL": (b'{"name": "\0"}', {400}),
    "a lone surrogate": (b'{"name": "\\ud800"}', {400, 422}),
    "a surrogate in a key": (b'{"\\udfff": 1}', {400, 422}),
    "text": (b'"text"', {400, 422}),
    "null": (b"null", {400, 422}),
    "a number": (b"1", {400, 422}),
    "a list": (b"[]", {400, 422}),
    "unknown fields": (b'{"__proto__": 1, "admin": true}', {400, 422}),
    "too much": (b'{"name": "' + b"x" * LIMIT + b'"}', {413}),
}
WRONG_TYPES = ["", "text/plain", "application/xml", "a", ";", "application/json5"]
WRONG_PATHS = [
    "..",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%00",
    "%ff%fe",
    "%ed%a0%80",
    "%0d%0aX-Set:%201",
    "%5c..%5c",
    "-1",
    "99999999999999999999999",
    "x" * 5000,
    "'; drop table user; --",
    "{{ 7*7 }}",
]
WRONG_QUERIES = [
    "%00",
    "%ff",
    "%ed%a0%80",
    "%22",
    "%22%20OR%20*",
    "NEAR(",
    "a*%20b*%20AND%20NOT",
    "col:x",
    "x" * 5000,
    "//evil.example",
    "-1",
    "[]",
]
WRONG_HEADERS = [
    {"Cookie": "session=garbage"},
    {"Cookie": "session="},
    {"Cookie": "session=a.b.c; session=d"},
    {"Cookie": "session=.eJw" + "A" * 5000},
    {"Cookie": "\xff=\xfe; ==;;,"},
    {"Cookie": "remember_token=1|x"},
    {"Authorization": "Basic"},
    {"Authorization": "Basic !!!"},
    {"Authorization": "Basic /////w=="},
    {"Authorization": "Basic AAAA"},
    {"Authorization": "Basic YTo="},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer a.b.c"},
    {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    {"Authorization": "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6W119.e30.AAAA"},
    {"Authorization": "Bearer " + "A" * 9000},
    {"Authorization": "Bearer \xff\xfe"},
    {"Authorization": 'Digest username="\\'},
    {"Accept": "x"},
    {"Accept": "text/html;q=x, */*;q=9"},
    {"Accept": "," * 2000},
    {"Content-Length": "-1"},
    {"Content-Length": "x"},
    {"Content-Encoding": "gzip"},
    {"Content-Type": "application/json; charset=utf-7"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=" + "x" * 300},
    {"Host": "evil.example"},
    {"Host": "a b"},
    {"Host": ""},
    {"Host": "[::1"},
    {"Origin": "null"},
    {"Origin": "http://[::1"},
    {"Origin": "\xff"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Referer": "http://["},
    {"If-Modified-Since": "yesterday"},
    {"If-None-Match": '"\xff'},
    {"Range": "bytes=5-1,x"},
    {"X-Forwarded-For": "\xff, ::1, 999.1.1.1"},
    {"X-Forwarded-Host": "a b"},
    {"X-Request-ID": "\xff" * 300},
]
FORGED_SESSIONS: list[dict[str, object]] = [
    {"_user_id": value, "_fresh": value, "_id": value}
    for value in [None, 0, 1, -1, 2**70, 1.5, True, "", "1", "\0", "\ud800", [], {}]
]


@dataclass(frozen=True)
class Route:
    """A way into the app: its rule, and the methods that it knows."""

    rule: str
    methods: frozenset[str]

    @property
    def unsafe(self) -> list[str]:
        """Name the methods that change something."""
        return sorted(self.methods - SAFE)

    def path(self, value: str | None = None) -> str:
        """Fill the rule with something plausible, or with value."""
        return PLACEHOLDER.sub(
            lambda found: value or FILLED.get(found[1], "one"), self.rule
        )

    def __str__(self) -> str:
        """Show it in a failing test."""
        return self.rule


class Attacker:
    """A client that notes every answer which is no good one."""

    def __init__(self, app: Flask, member: bool) -> None:
        """Ask app, logged in if a member."""
        self.app, self.member, self.faults = app, member, list[str]()
        self.client = app.test_client()
        self.log_in()

    def log_in(self) -> None:
        """Have an account and a session of it, if a member without one."""
        if self.member and self.client.get("/user/me").status_code != 200:
            self.client = self.app.test_client()
            self.client.post("/user/register", json=ADA, headers=OWN)
            login = {"name": ADA["name"], "password": PASSWORD}
            answer = self.client.post("/user/login", json=login, headers=OWN)
            assert answer.status_code < 300, answer.text

    def ask(
        self,
        what: str,
        path: str,
        method: str = "GET",
        allowed: set[int] | None = None,
        **options: object,
    ) -> TestResponse:
        """Send one request; note a failure, or a refusal that explains nothing."""
        headers = {**OWN, **(options.pop("headers", None) or {})}  # type: ignore[dict-item]
        environ = {"REQUEST_METHOD": method}
        answer = self.client.open(
            path,
            method=method if method.isupper() else "GET",
            headers=headers,
            environ_overrides=environ,
            **options,  # type: ignore[arg-type]
        )
        fault = wrong_with(answer)
        if allowed is not None and answer.status_code not in allowed:
            fault = f"is none of {sorted(allowed)}: {answer.text[:300]}"
        if fault:
            asked = f"{method} {path[:80]}, {what}"
            self.faults.append(f"{asked}: {answer.status_code} {fault}")
        if method not in SAFE and answer.status_code < 400:
            self.log_in()  # perhaps that was the log-out
        return answer


def wrong_with(answer: TestResponse) -> str:
    """Say what is wrong with an answer; nothing if it is a good one."""
    if answer.status_code >= 500:
        return "is a failure of ours"
    if answer.status_code < 400 or answer.request.method == "HEAD":
        return ""
    if answer.mimetype == "text/html":
        told = [str(answer.status_code), 'role="alert"', 'aria-invalid="true"']
        return "" if any(one in answer.text for one in told) else "does not say why"
    problem = json.loads(answer.data) if answer.is_json else {}
    if problem.get("status") != answer.status_code or not problem.get("detail"):
        return f"does not say why: {answer.text[:300]}"
    errors = problem.get("errors", [])
    if answer.status_code == 422 and not errors:
        return f"names no field: {answer.text[:300]}"
    if not all(one["reason"] and isinstance(one["field"], str) for one in errors):
        return f"names no field or no reason: {answer.text[:300]}"
    return ""


def routes_of(app: Flask) -> list[Route]:
    """List the routes, each once."""

    def route(rule: Rule) -> Route:
        return Route(rule.rule, frozenset(rule.methods or ()))

    return sorted(set(map(route, app.url_map.iter_rules())), key=str)


@pytest.fixture
def app(app: Flask) -> Flask:
    """The app, answering failures as it does in production, with a lower limit."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.config["MAX_CONTENT_LENGTH"] = LIMIT
    return app


@pytest.fixture(params=["anybody", "member"])
def attacker(request: pytest.FixtureRequest, app: Flask) -> Iterator[Attacker]:
    """Somebody without an account, then somebody with one; fails with all faults."""
    attacker = Attacker(app, request.param == "member")
    yield attacker
    count = len(attacker.faults)
    assert not count, f"{count} bad answers\n" + "\n".join(attacker.faults[:40])


def takers_of_json(attacker: Attacker) -> Iterator[tuple[str, str, list[str]]]:
    """Find who takes JSON, by the answer to `{}`: path, method, fields."""
    for route in routes_of(attacker.app):
        for method in route.unsafe:
            answer = attacker.ask("no fields", route.path(), method, json={})
            if answer.status_code == 422 and answer.is_json:
                fields = [one["field"].strip("/$.") for one in answer.json["errors"]]
                yield route.path(), method, fields


def test_wrong_json_is_refused_with_the_reason(attacker: Attacker) -> None:
    taken = set()
    for path, method, _ in takers_of_json(attacker):
        taken.add(path)
        for what, (body, allowed) in WRONG_BODIES.items():
            attacker.ask(
                what, path, method, allowed, data=body, content_type="application/json"
            )
        for kind in WRONG_TYPES:
            headers = {"Content-Type": kind}
            attacker.ask(kind, path, method, {415}, data=b"{}", headers=headers)
    assert {"/user/register", "/user/login"} <= taken


def test_a_wrong_value_is_refused_with_its_field(attacker: Attacker) -> None:
    for path, method, fields in takers_of_json(attacker):
        for field, value in product(fields, WRONG_VALUES):
            sent = {**dict.fromkeys(fields, "x"), field: value}
            what = f"{field}={value!r:.40}"
            answer = attacker.ask(what, path, method, json=sent)
            if answer.status_code < 400:
                attacker.faults.append(f"{method} {path}, {what}: was accepted")
            elif not isinstance(value, str) and field not in named_in(answer):
                attacker.faults.append(f"{method} {path}, {what}: {answer.text[:300]}")


def named_in(answer: TestResponse) -> list[str]:
    """List the fields that a refusal names."""
    return [one["field"].strip("/$.") for one in answer.json.get("errors", [])]


def test_every_route_bears_any_body(attacker: Attacker) -> None:
    kinds = ["application/json", "application/x-www-form-urlencoded"]
    for route in routes_of(attacker.app):
        for method, kind in product(route.unsafe, [*kinds, "multipart/form-data"]):
            for what, (body, _) in WRONG_BODIES.items():
                attacker.ask(what, route.path(), method, data=body, content_type=kind)


def test_every_route_bears_any_path_and_query(attacker: Attacker) -> None:
    names = ["q", "next", "page", "token"]
    for route in routes_of(attacker.app):
        for value in WRONG_PATHS if "<" in route.rule else []:
            attacker.ask("bad path", route.path(value))
        for value in WRONG_QUERIES if "GET" in route.methods else []:
            query = "&".join(f"{name}={value}" for name in names)
            attacker.ask("bad query", f"{route.path()}?{query}&{value}")


def test_every_route_bears_any_header(attacker: Attacker) -> None:
    for route, headers in product(routes_of(attacker.app), WRONG_HEADERS):
        method = (route.unsafe or ["GET"])[0]
        attacker.ask(repr(headers)[:80], route.path(), method, headers=headers)


def test_every_route_refuses_a_method_that_it_does_not_know(
    attacker: Attacker,
) -> None:
    rules = routes_of(attacker.app)
    for route, method in product(rules, METHODS):
        same_path = [r.methods for r in rules if r.path() == route.path()]
        if not any(method in methods for methods in same_path):
            attacker.ask("unknown method", route.path(), method, {401, 403, 404, 405})


def test_every_route_bears_any_session(app: Flask) -> None:
    attacker = Attacker(app, member=False)
    for route, forged in product(routes_of(app), FORGED_SESSIONS):
        with attacker.client.session_transaction() as session:
            session.update(forged)
        method = "GET" if "GET" in route.methods else route.unsafe[0]
        attacker.ask(f"session {forged}", route.path(), method)
    assert not attacker.faults, "\n".join(attacker.faults[:40])


# Hypothesis looks for what is not in the lists above.
KEYS = st.sampled_from(["name", "email", "password", "old_password", "new_password"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)
LATIN = st.text(
    st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=80
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Cookie", "Authorization", "Accept", "Origin", "Host", "Content-Type"]
    ),
    LATIN | LATIN.map("Basic ".__add__) | LATIN.map("Bearer ".__add__),
    max_size=2,
)
BODIES = (
    st.binary(max_size=LIMIT + 1)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(KEYS, VALUES).map(lambda value: json.dumps(value).encode())
)
KINDS = st.sampled_from(
    ["application/json", "application/x-www-form-urlencoded", "text/plain"]
)


@pytest.fixture
def throw(attacker: Attacker) -> Callable[..., None]:
    """Throw one drawn request; fails at the first bad answer, which is then shrunk."""
    routes = routes_of(attacker.app)

    def thrown(at: int, which: int, value: str, query: str, **options: object) -> None:
        route = routes[at % len(routes)]
        methods = [*sorted(route.methods), "BREW"]
        path = f"{route.path(value.replace('?', '') or None)}?q={query}&next={query}"
        attacker.faults.clear()
        attacker.ask("drawn", path, methods[which % len(methods)], **options)
        assert not attacker.faults

    return thrown


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="BAD_INPUT_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    at=st.integers(0, 10**6),
    which=st.integers(0, 10**6),
    value=st.text(st.characters(codec="utf-8"), max_size=20),
    query=st.text(st.characters(codec="utf-8"), max_size=20),
    data=BODIES,
    content_type=KINDS,
    headers=HEADERS,
)
def test_nothing_that_hypothesis_draws_makes_a_route_fail(
    throw: Callable[..., None],
    at: int,
    which: int,
    value: str,
    query: str,
    data: bytes,
    content_type: str,
    headers: dict[str, str],
) -> None:
    sent = {"data": data, "content_type": content_type, "headers": headers}
    throw(at, which, value, query, **sent)
