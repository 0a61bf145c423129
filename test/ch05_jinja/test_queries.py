"""What pages ask of the database: nothing for strangers, two queries for a member."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from apps.store.database import db

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
OWN = {"Origin": "http://localhost"}
ADA = {
    "name": "ada",
    "email": "ada@example.org",
    "password": "a long and unusual phrase",
}


@pytest.fixture
def said(app: Flask) -> Iterator[list[str]]:
    """The SQL statements that the app's database was sent."""
    statements: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def queries_of(
    app: Flask, client: FlaskClient, said: list[str]
) -> dict[str, list[str]]:
    """Open each page for which nothing has to be known; note what it asked."""
    paths = ["/chapter/one", "/chapter/two/2-more", "/search?q=text", "/nowhere"]
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments:
            paths.append(rule.rule)
    found = {}
    for path in paths:
        said.clear()
        client.get(path, headers=BROWSER)
        found[path] = list(said)
    return found


def test_a_page_asks_nothing_for_a_stranger(
    app: Flask, client: FlaskClient, said: list[str]
) -> None:
    asked = queries_of(app, client, said)
    assert {path: sql for path, sql in asked.items() if sql} == {}


def test_a_page_asks_two_things_for_a_member_at_most(
    app: Flask, client: FlaskClient, said: list[str]
) -> None:
    assert client.post("/user/register", json=ADA, headers=OWN).status_code == 201
    login = {"name": "ada", "password": ADA["password"]}
    assert client.post("/user/login", json=login, headers=OWN).status_code == 200
    asked = queries_of(app, client, said)
    assert asked["/account"]
    assert len(asked.pop("/files")) == 3  # chapter 7
    # region chapter 8: files
    for version in ("v1", "v2"):
        assert len(asked.pop(f"/api/{version}/files")) == 3
    # endregion files
    assert {path: sql for path, sql in asked.items() if len(sql) > 2} == {}
