"""What is too long is refused before anybody parses, folds or stores a part of it."""

import io
import unicodedata
from typing import Literal

import pytest
from ch03_auth.attacking import OWN, Anybody, Route, routes_of
from flask import Flask, Request, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps.web import limits
from apps.web.limits import MAX_ADDRESS_BYTES, MAX_BODY_BYTES, MAX_HEADER_BYTES

MARKS = "a" + "\u0345\u0334" * 10_000  # which Unicode puts into another order
LOGIN = "/user/login"
LARGE = {("PUT", "/file/upload"), ("POST", "/files")}  # chapter 7


class Unread(io.BytesIO):
    """A body that nobody may read."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Fail."""
        pytest.fail("the body is read")


def send(app: Flask, route: Route, method: str, size: int) -> TestResponse:
    """Announce a body of so many bytes, which must not be read."""
    environ = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(size)}
    return app.test_client().open(
        route.path(),
        method=method,
        headers={**OWN, "Content-Type": "application/json"},
        environ_overrides=environ,
    )


def ways_into(app: Flask) -> list[tuple[Route, str]]:
    """List each route with each of its methods."""
    found = [(route, method) for route in routes_of(app) for method in route.methods]
    assert len(found) > 10
    return found


def test_every_route_refuses_a_body_over_its_limit_unread(app: Flask) -> None:
    for route, method in ways_into(app):
        # region chapter 7: large
        if (method, route.rule) in LARGE:
            continue
        # endregion large
        size = MAX_BODY_BYTES + 1 if method in route.unsafe else 1
        answer = send(app, route, method, size)
        assert answer.status_code == 413, f"{method} {route}"
        if method != "HEAD":
            assert answer.mimetype == "application/problem+json"
            assert f"at most {MAX_BODY_BYTES if size > 1 else 0} bytes" in answer.text


def test_a_body_up_to_the_limit_is_read(client: FlaskClient) -> None:
    body = b'{"name":"a","password":"b"}'.ljust(MAX_BODY_BYTES)
    kind = "application/json"
    answer = client.post(LOGIN, data=body, content_type=kind, headers=OWN)
    assert answer.status_code == 401


def test_a_smaller_limit_of_the_settings_holds(own_app: Flask) -> None:
    own_app.config["MAX_CONTENT_LENGTH"] = 10
    assert send(own_app, Route(LOGIN, frozenset()), "POST", 11).status_code == 413


def test_every_route_refuses_a_body_in_chunks_unread(app: Flask) -> None:
    """Its end may never come, and a fault in a chunk is an error when it is read."""
    client = app.test_client()
    for route, method in ways_into(app):
        answer = client.open(
            route.path(),
            method=method,
            headers={**OWN, "Content-Type": "application/json"},
            environ_overrides={
                "HTTP_TRANSFER_ENCODING": "chunked",
                "wsgi.input": Unread(),
                "wsgi.input_terminated": True,
            },
        )
        assert answer.status_code == 411, f"{method} {route}"


def test_no_more_than_the_limit_is_read_of_a_body_without_a_length(
    client: FlaskClient,
) -> None:
    """Over HTTP/2 none is needed; the server then says that the body has an end."""
    body = io.BytesIO(b" " * 10 * MAX_BODY_BYTES)
    answer = client.post(
        LOGIN,
        content_type="application/json",
        headers=OWN,
        environ_overrides={
            "CONTENT_LENGTH": "",
            "wsgi.input": body,
            "wsgi.input_terminated": True,
        },
    )
    assert answer.status_code in (400, 413)
    assert body.tell() <= MAX_BODY_BYTES


def test_nothing_is_said_about_the_body_of_what_does_not_exist(
    client: FlaskClient,
) -> None:
    body = b"x" * 2 * MAX_BODY_BYTES
    assert client.post("/nothing", data=body, headers=OWN).status_code == 404


def test_a_form_of_too_many_parts_is_refused(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_FORM_PARTS", 3)
    own_app.before_request_funcs[None].append(lambda: str(len(request.form)))
    attacker = Anybody(own_app)
    kind = "multipart/form-data"
    for count, status in ((3, 200), (4, 413)):
        body = {f"field{number}": "x" for number in range(count)}
        path = "/user/login"
        bearer = {"Authorization": "Bearer x"}
        answer = attacker.ask(
            "", path, "POST", data=body, content_type=kind, headers=bearer
        )
        assert answer.status_code == status


@pytest.mark.parametrize("sizes", [[MAX_HEADER_BYTES], [1000] * 17])
@pytest.mark.parametrize("name", ["Cookie", "Accept", "X-Forwarded-For", "X-Other"])
def test_headers_that_are_too_long_together_are_431(
    app: Flask, name: str, sizes: list[int]
) -> None:
    client = app.test_client(use_cookies=False)
    pairs = [(name, "a" * size) for size in sizes]
    answer = client.get("/health", headers=pairs)
    assert answer.status_code == 431
    assert answer.mimetype == "application/problem+json"
    assert client.get("/health", headers=[(name, "a" * 8000)]).status_code == 200


def test_a_cookie_that_is_too_long_is_not_read(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []

    def open_session(_: Flask, request: Request) -> None:
        lengths.append(len(request.headers.get("Cookie", "")))

    monkeypatch.setattr(own_app.session_interface, "open_session", open_session)
    client = own_app.test_client(use_cookies=False)
    for size in (1000, MAX_HEADER_BYTES):
        client.get("/health", headers={"Cookie": "a" * size})
    assert lengths == [1000, 0]


def test_an_accept_header_of_thousands_is_read_as_none(client: FlaskClient) -> None:
    page = {"Accept": "text/html"}
    assert client.get("/nothing", headers=page).mimetype == "text/html"
    page = {"Accept": "text/html" + ",a/b" * 1000}
    answer = client.get("/nothing", headers=page)
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/{}", "/health?q={}"])
def test_an_address_that_is_too_long_is_414(client: FlaskClient, path: str) -> None:
    answer = client.get(path.format("a" * MAX_ADDRESS_BYTES))
    assert answer.status_code == 414
    assert answer.mimetype == "application/problem+json"


@pytest.fixture
def folded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the texts that are brought into Unicode's order."""
    lengths: list[int] = []
    original = unicodedata.normalize

    def normalize(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        lengths.append(len(text))
        return original(form, text)

    monkeypatch.setattr(unicodedata, "normalize", normalize)
    return lengths


@pytest.mark.parametrize("field", ["name", "email", "password"])
def test_a_long_text_in_json_is_refused_before_it_is_folded(
    client: FlaskClient, folded: list[int], field: str
) -> None:
    body = {"name": "ada", "email": "ada@example.org", "password": "x" * 20}
    body[field] = MARKS[:5000]
    answer = client.post("/user/register", json=body, headers=OWN)
    assert answer.status_code == 413  # escaped, it is six times as long
    body[field] = MARKS[:1100]
    answer = client.post("/user/register", json=body, headers=OWN)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == [field]
    assert folded == []
