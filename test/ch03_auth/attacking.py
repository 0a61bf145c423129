"""Who throws bad input at the app, and what a good answer to it is.

The routes are read from the app's own map, so that each new one is tested as it comes.
"""

import re
from dataclasses import dataclass

from flask import Flask, json
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

PASSWORD = "a long and unusual phrase"
ADA = {"name": "ada", "email": "ada@example.org", "password": PASSWORD}
OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
SAFE = {"GET", "HEAD", "OPTIONS"}
PLACEHOLDER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
FILLED = {"int": "1", "float": "1.5", "uuid": "0" * 8 + "-0000" * 3 + "-" + "0" * 12}


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


class Anybody:
    """A client without an account, which notes every answer that is no good one."""

    own = OWN  # headers of every request

    def __init__(self, app: Flask) -> None:
        """Ask app, which answers failures as in production, as whoever this is."""
        app.config["PROPAGATE_EXCEPTIONS"] = False
        self.app, self.faults = app, list[str]()
        self.client = app.test_client()
        self.enter()

    def enter(self) -> None:
        """Come in, if that is needed: at the beginning, and after each change."""

    def ask(
        self,
        what: str,
        path: str,
        method: str = "GET",
        allowed: set[int] | None = None,
        **options: object,
    ) -> TestResponse:
        """Send one request; note a failure, or a refusal that explains nothing."""
        headers = {**self.own, **(options.pop("headers", None) or {})}  # type: ignore[dict-item]
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
            self.enter()  # perhaps that was the log-out
        return answer

    def conclude(self) -> None:
        """Fail with what was noted."""
        count = len(self.faults)
        assert not count, f"{count} bad answers\n" + "\n".join(self.faults[:40])


class Member(Anybody):
    """Somebody with an account, and a session of it."""

    def enter(self) -> None:
        """Log in, where there is no session (any more)."""
        if self.client.get("/user/me").status_code != 200:
            self.client = self.app.test_client()
            log_in(self.client)


def log_in(client: FlaskClient) -> None:
    """Log ada in, who gets an account if she has none."""
    client.post("/user/register", json=ADA, headers=OWN)
    login = {"name": ADA["name"], "password": PASSWORD}
    answer = client.post("/user/login", json=login, headers=OWN)
    assert answer.status_code < 300, answer.text
