"""Bodies: what isn't JSON is refused, and each fault has its JSON pointer."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps.user.models import User
from apps.web.pointer import pointer

READ = "/api/v1/progress/two/2-more"


def pointers(answer: TestResponse, status: int = 422) -> dict[str, str]:
    """Read the faults of a refusal: pointer and reason."""
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    return {fault["pointer"]: fault["reason"] for fault in answer.json["errors"]}


def test_a_part_is_read_and_forgotten(ada: FlaskClient) -> None:
    first = ada.put("/api/v1/progress/one", json={"read": True})
    assert (first.status_code, first.json["next"]) == (200, "two/")
    assert list(ada.put(READ, json={"read": True}).json["read"]) == [
        "one/",
        "two/2-more",
    ]
    assert list(ada.put(READ, json={"read": False}).json["read"]) == ["one/"]
    assert list(ada.get("/api/v1/progress").json["read"]) == ["one/"]


def test_to_put_the_same_again_changes_nothing(ada: FlaskClient) -> None:
    first = ada.put(READ, json={"read": True}).json["next"]
    assert ada.put(READ, json={"read": True}).json["next"] == first
    for _ in range(2):
        assert ada.put(READ, json={"read": False}).json["read"] == {}


@pytest.mark.parametrize("path", ["none", "none/2-more", "two/none", "%00", "two/%00"])
def test_a_part_that_is_not_in_the_book_is_404(ada: FlaskClient, path: str) -> None:
    answer = ada.put(f"/api/v1/progress/{path}", json={"read": True})
    assert answer.status_code == 404
    assert ada.get("/api/v1/progress").json["read"] == {}


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_what_is_not_json_is_415(
    ada: FlaskClient, content_type: str, status: int
) -> None:
    answer = ada.put(READ, data=b'{"read": true}', content_type=content_type)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {"/read": "is missing"}),
        ({"read": 1}, {"/read": "must be true or false"}),
        ({"read": None}, {"/read": "must be true or false"}),
        ({"read": {"$ne": None}}, {"/read": "must be true or false"}),
        ([], {"": "must be an object"}),
        (
            {"raed": True, "id": 1},
            {
                "/read": "is missing",
                "/raed": "is not an allowed field",
                "/id": "is not an allowed field",
            },
        ),
        (
            {"read": True, "a/b~c": 1},
            {"/a~1b~0c": "is not an allowed field"},
        ),
        ({"read": True, "a.b": 1}, {"/a.b": "is not an allowed field"}),
        ({"read": True, "x" * 1000: 1}, {"": "is not an allowed field"}),
        ({"read": True, "\x1b[2J": 1}, {"": "is not an allowed field"}),
    ],
)
def test_every_fault_is_named_and_pointed_at(
    ada: FlaskClient, body: Any, faults: dict[str, str]
) -> None:
    answer = ada.put(READ, json=body)
    assert pointers(answer) == faults
    assert ada.get("/api/v1/progress").json["read"] == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"read": true, "read": false}',
        b'{"read": NaN}',
        b'{"read": "\\u0000"}',
        b'{"read": "\\ud800"}',
        b'{"read": ' + b"9" * 5000 + b"}",
        b'{"read": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'\xff{"read": true}',
    ],
)
def test_what_is_no_clear_json_is_400(ada: FlaskClient, body: bytes) -> None:
    answer = ada.put(READ, data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert ada.get("/api/v1/progress").json["read"] == {}


def test_a_body_has_a_limit(ada: FlaskClient) -> None:
    answer = ada.put(READ, json={"read": True, "x": "x" * 17_000})
    assert answer.status_code == 413


def test_a_session_changes_only_what_our_own_page_asks_for(
    log_in: Callable[[str], FlaskClient], make_user: Callable[..., User]
) -> None:
    make_user("bob")
    client = log_in("bob")
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    assert client.put(READ, json={"read": True}).status_code == 403
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert client.put(READ, json={"read": True}).status_code == 200


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ([], ""),
        (["tags", "0"], "/tags/0"),
        ([""], "/"),
        (["a/b", "m~n", " "], "/a~1b/m~0n/ "),
        (["~1"], "/~01"),
        (["a", "x" * 100, "b"], "/a"),
        (["a", "\0", "b"], "/a"),
        (["a", "\ud800"], "/a"),
    ],
)
def test_a_pointer_is_written_as_rfc_6901_says(path: list[str], written: str) -> None:
    assert pointer(path) == written
