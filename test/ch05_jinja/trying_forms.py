"""What is put into the forms of all pages, and what a good answer to it is.

Forms are found on the pages that the app's map names, so each new one is tested.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import product

from ch03_auth.attacking import Anybody, routes_of
from flask import Flask
from flask.testing import FlaskClient

BROWSER = {"Accept": "text/html,*/*;q=0.8", "Origin": "http://localhost"}
WRONG = [
    "",
    " ",
    "\0",
    "a\0b",
    "x" * 5000,
    "\u202e\u200b",
    "<script>alert(1)</script>",
    "//evil.example",
    "' OR 1=1 --",
    b"\xff\xfe",
    b"\xed\xa0\x80",
]


class Forms(HTMLParser):
    """Reads the forms of a page that are sent by POST: address, and fields."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field of it."""
        told = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.inside = told.get("method", "").lower() == "post"
            if self.inside:
                self.found.append((told.get("action", ""), {}))
        elif self.inside and told.get("name"):
            self.found[-1][1][told["name"]] = told.get("value", "")


def pages_of(app: Flask, client: FlaskClient) -> Iterator[tuple[str, str]]:
    """Fetch each page that is open to the client: its path, and its HTML."""
    for route in routes_of(app):
        if "GET" in route.methods:
            answer = client.get(route.path(), headers=BROWSER)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                yield route.path(), answer.text


def try_forms(attacker: Anybody) -> tuple[set[str], list[str]]:
    """Put something wrong into each field; list who read it, and what failed."""
    app, client = attacker.app, attacker.client
    seen, faults = set(), []
    for path, page in pages_of(app, client):
        for action, fields in Forms(page).found:
            to = action or path
            if to.endswith("/logout"):
                continue
            for field, value in product(fields, WRONG):
                sent = {**fields, field: value}
                answer = client.post(to, data=sent, headers=BROWSER)
                said = re.search(r'role="alert"|aria-invalid="true"', answer.text)
                code = str(answer.status_code)
                if answer.status_code == 422:  # its token counted, its fields did not
                    seen.add(to)
                explained = said or code in answer.text or answer.status_code < 400
                if answer.status_code >= 500 or not explained:
                    faults.append(f"{to}: {field}={value!r:.40}: {answer.status_code}")
    return seen, faults
