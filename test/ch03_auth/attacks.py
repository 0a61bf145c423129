"""What is tried at every route by whoever attacks: a subclass says who that is."""

import os
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from ch03_auth.attacking import Anybody, routes_of
from ch03_auth.bad_input import (
    LIMIT,
    WRONG_BODIES,
    WRONG_FORMS,
    WRONG_HEADERS,
    WRONG_PATHS,
    WRONG_QUERIES,
    WRONG_TYPES,
    WRONG_VALUES,
)
from flask import Flask, json
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

EXAMPLES = int(os.environ.get("BAD_INPUT_EXAMPLES", "100"))
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]

# Hypothesis looks for what is not in the lists above.
KEYS = st.sampled_from(
    ["name", "email", "password", "old_password", "new_password", "refresh_token"]
)
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


def takers_of_json(attacker: Anybody) -> Iterator[tuple[str, str, list[str]]]:
    """Find who takes JSON, by the answer to `{}`: path, method, fields."""
    for route in routes_of(attacker.app):
        for method in route.unsafe:
            answer = attacker.ask("no fields", route.path(), method, json={})
            if answer.status_code == 422 and answer.is_json:
                fields = [one["field"].strip("/$.") for one in answer.json["errors"]]
                yield route.path(), method, fields


def named_in(answer: TestResponse) -> list[str]:
    """List the fields that a refusal names."""
    return [one["field"].strip("/$.") for one in answer.json.get("errors", [])]


class Attacks:
    """The attacks; a subclass names the attacker."""

    who: type[Anybody]

    @pytest.fixture
    def attacker(self, own_app: Flask) -> Iterator[Anybody]:
        """Whoever attacks; fails with all the answers that were no good ones."""
        own_app.config["MAX_CONTENT_LENGTH"] = LIMIT
        attacker = self.who(own_app)
        yield attacker
        attacker.conclude()

    @pytest.fixture
    def throw(self, attacker: Anybody) -> Callable[..., None]:
        """Throw one drawn request; fails at the first bad answer, then shrunk."""
        routes = routes_of(attacker.app)

        def thrown(
            at: int, which: int, value: str, query: str, **options: object
        ) -> None:
            route = routes[at % len(routes)]
            methods = [*sorted(route.methods), "BREW"]
            path = route.path(value.replace("?", "") or None)
            path = f"{path}?q={query}&next={query}"
            attacker.faults.clear()
            attacker.ask("drawn", path, methods[which % len(methods)], **options)
            assert not attacker.faults

        return thrown

    def test_wrong_json_is_refused_with_the_reason(self, attacker: Anybody) -> None:
        taken = set()
        for path, method, _ in takers_of_json(attacker):
            taken.add(path)
            for what, (body, allowed) in WRONG_BODIES.items():
                attacker.ask(
                    what,
                    path,
                    method,
                    allowed,
                    data=body,
                    content_type="application/json",
                )
            for kind in WRONG_TYPES:
                headers = {"Content-Type": kind}
                attacker.ask(kind, path, method, {415}, data=b"{}", headers=headers)
        assert {"/user/register", "/user/login"} <= taken

    def test_a_wrong_value_is_refused_with_its_field(self, attacker: Anybody) -> None:
        for path, method, fields in takers_of_json(attacker):
            for field, value in product(fields, WRONG_VALUES):
                sent = {**dict.fromkeys(fields, "x"), field: value}
                what = f"{field}={value!r:.40}"
                answer = attacker.ask(what, path, method, json=sent)
                if answer.status_code < 400:
                    attacker.faults.append(f"{method} {path}, {what}: was accepted")
                elif not isinstance(value, str) and field not in named_in(answer):
                    attacker.faults.append(
                        f"{method} {path}, {what}: {answer.text[:300]}"
                    )

    def test_every_route_bears_any_body(self, attacker: Anybody) -> None:
        json_bodies = {what: body for what, (body, _) in WRONG_BODIES.items()}
        thrown = {
            "application/json": json_bodies,
            "application/x-www-form-urlencoded": WRONG_FORMS,
            "multipart/form-data": WRONG_FORMS,
        }
        for route in routes_of(attacker.app):
            for method, kind in product(route.unsafe, thrown):
                for what, body in thrown[kind].items():
                    attacker.ask(
                        what, route.path(), method, data=body, content_type=kind
                    )

    def test_every_route_bears_any_path_and_query(self, attacker: Anybody) -> None:
        names = ["q", "next", "page", "token", "after", "before", "user"]
        for route in routes_of(attacker.app):
            for value in WRONG_PATHS if "<" in route.rule else []:
                attacker.ask("bad path", route.path(value))
            for value in WRONG_QUERIES if "GET" in route.methods else []:
                query = "&".join(f"{name}={value}" for name in names)
                attacker.ask("bad query", f"{route.path()}?{query}&{value}")

    def test_every_route_bears_any_header(self, attacker: Anybody) -> None:
        for route, headers in product(routes_of(attacker.app), WRONG_HEADERS):
            method = (route.unsafe or ["GET"])[0]
            attacker.ask(repr(headers)[:80], route.path(), method, headers=headers)

    def test_every_route_refuses_a_method_that_it_does_not_know(
        self,
        attacker: Anybody,
    ) -> None:
        rules = routes_of(attacker.app)
        for route, method in product(rules, METHODS):
            same_path = [r.methods for r in rules if r.path() == route.path()]
            if not any(method in methods for methods in same_path):
                attacker.ask(
                    "unknown method", route.path(), method, {401, 403, 404, 405}
                )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize="BAD_INPUT_EXAMPLES" not in os.environ,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,  # each subclass runs it
        ],
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
        self,
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
