"""Access: a view is closed to strangers unless it is marked as public."""

import functools
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.web.access import public

LogIn = Callable[[str], FlaskClient]
MakeUser = Callable[..., object]


def hello() -> str:
    return "hello"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_view_that_nobody_marked_is_closed(
    method: str, own_app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    own_app.add_url_rule("/hello", view_func=hello)
    make_user("ada")
    assert own_app.test_client().open("/hello", method=method).status_code == 401
    assert log_in("ada").open("/hello", method=method).status_code == 200


def test_a_stranger_is_told_so_as_other_errors_are(client: FlaskClient) -> None:
    answer = client.get("/user/me")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"] == "Log in first."


def test_a_closed_view_does_not_run_for_a_stranger(own_app: Flask) -> None:
    ran = []
    own_app.add_url_rule("/run", "run", lambda: str(ran.append(1)))
    assert own_app.test_client().get("/run").status_code == 401
    assert ran == []


def test_a_public_view_is_open(own_app: Flask, client: FlaskClient) -> None:
    @own_app.get("/open")
    @public
    def shown() -> str:
        return hello()

    assert client.get("/open").text == "hello"


def test_the_mark_survives_a_decorator(own_app: Flask, client: FlaskClient) -> None:
    @functools.wraps(shown := public(lambda: "hello"))
    def wrapped() -> str:
        return shown()

    own_app.add_url_rule("/wrapped", view_func=wrapped)
    assert client.get("/wrapped").status_code == 200


def test_a_mark_opens_no_view_beside_it(own_app: Flask, client: FlaskClient) -> None:
    own_app.add_url_rule("/a", "a", public(lambda: "a"))
    own_app.add_url_rule("/b", "b", lambda: "b")
    assert client.get("/a").status_code == 200
    assert client.get("/b").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/chapter/", 200),
        ("GET", "/chapter/one", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/user/login", 405),
        ("GET", "/user/me", 401),
        ("POST", "/user/logout", 401),
        ("POST", "/user/password", 401),
    ],
)
def test_what_strangers_may_ask_for(
    method: str, path: str, status: int, app: Flask
) -> None:
    sent = {} if method == "GET" else {"json": {}}
    answer = app.test_client().open(
        path, method=method, headers={"Sec-Fetch-Site": "same-origin"}, **sent
    )
    assert answer.status_code == status


def test_every_view_is_public_by_a_mark_of_its_own_or_closed(app: Flask) -> None:
    """Ask for every route as a stranger: what is not marked is refused.

    That is 401, or 415 where a view takes another form of body than JSON.
    """
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "is_public", False):
            continue
        values = dict.fromkeys(rule.arguments, "1")
        with app.test_request_context():
            path = app.url_for(rule.endpoint, **values)
        for method in (rule.methods or set()) - {"OPTIONS"}:
            sent = {} if method in ("GET", "HEAD") else {"json": {}}
            answer = client.open(
                path, method=method, headers={"Sec-Fetch-Site": "same-origin"}, **sent
            )
            refused = answer.status_code in (401, 415)
            assert refused, f"{method} {path} is open to strangers"
