"""Files as resources: announced, sent, listed, shared and deleted; nothing hostile."""

from collections.abc import Callable

import pytest
from ch07_nosql.files import GOOD, put
from ch07_nosql.test_bad_files import NAMES
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps.permission import domain as permissions
from apps.user.models import User

FILES = "/api/v1/files"


@pytest.fixture
def eve(
    app: Flask, api: Callable[..., FlaskClient], make_user: Callable[..., User]
) -> FlaskClient:
    """A program of an author, who may upload."""
    user = make_user("eve")
    with app.app_context():
        permissions.grant(user.id, "author")
    return api(user)


@pytest.fixture
def bob(api: Callable[..., FlaskClient], make_user: Callable[..., User]) -> FlaskClient:
    """A program of somebody who may not upload."""
    return api(make_user("bob"))


def announce(
    client: FlaskClient, name: str = "a.txt", type: str = "text/plain", size: int = 3
) -> TestResponse:
    """Say what will be sent."""
    return client.post(FILES, json={"name": name, "type": type, "size": size})


def upload(client: FlaskClient, name: str = "a.txt", body: bytes = b"one") -> str:
    """Store a file; return its resource's address."""
    kind = GOOD.get(name, ("text/plain",))[0]
    permit = announce(client, name, kind, len(body)).json
    stored = put(client, permit["token"], body)
    return f"{FILES}/{stored.json['id']}"


def test_a_file_is_announced_and_then_sent_with_the_permit(eve: FlaskClient) -> None:
    answer = announce(eve)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    permit = answer.json
    assert permit.keys() == {"token", "upload", "expires_in"}
    headers = {"Authorization": f"Upload {permit['token']}"}
    assert eve.put(permit["upload"], data=b"one", headers=headers).status_code == 201
    (file,) = eve.get(FILES).json["items"]
    assert (file["name"], file["size"], file["shared"]) == ("a.txt", 3, False)
    assert file["created_at"].endswith("Z")
    assert eve.get(file["url"]).json == file
    assert eve.get(file["content"], buffered=True).data == b"one"


def test_whoever_has_no_permission_gets_no_permit(bob: FlaskClient) -> None:
    assert announce(bob).status_code == 403
    assert bob.post(FILES, json={}).status_code == 403


def test_a_shared_file_is_read_by_others_and_changed_by_nobody_else(
    eve: FlaskClient, bob: FlaskClient
) -> None:
    file = upload(eve)
    assert bob.get(file).status_code == 404
    assert bob.put(f"{file}/share").status_code == 404
    for _ in range(2):
        assert eve.put(f"{file}/share").json["shared"] is True
    assert bob.get(file).json["name"] == "a.txt"
    assert bob.get(FILES).json["items"] == []
    for method, path in [("PUT", "/share"), ("DELETE", "/share"), ("DELETE", "")]:
        assert bob.open(file + path, method=method).status_code == 404
    for _ in range(2):
        assert eve.delete(f"{file}/share").json["shared"] is False
    assert bob.get(file).status_code == 404


def test_a_deleted_file_is_gone(eve: FlaskClient) -> None:
    file = upload(eve)
    content = eve.get(file).json["content"]
    answer = eve.delete(file)
    assert (answer.status_code, answer.data) == (204, b"")
    assert eve.get(file).status_code == 404
    assert eve.get(content).status_code == 404
    assert eve.delete(file).status_code == 404


def test_files_are_listed_in_pages_the_newest_first(eve: FlaskClient) -> None:
    for number in range(5):
        upload(eve, f"{number}.txt")
    names, address, pages = [], f"{FILES}?limit=2", 0
    while address:
        answer = eve.get(address)
        names += [file["name"] for file in answer.json["items"]]
        address, pages = answer.json["next"], pages + 1
        assert ('rel="next"' in answer.headers.get("Link", "")) is bool(address)
    assert names == ["4.txt", "3.txt", "2.txt", "1.txt", "0.txt"]
    assert pages == 3


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=9999", "after=x"])
def test_a_page_that_makes_no_sense_is_refused(eve: FlaskClient, query: str) -> None:
    assert eve.get(f"{FILES}?{query}").status_code in (400, 422)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_could_be_a_path_or_looks_like_another_is_refused(
    eve: FlaskClient, name: str
) -> None:
    answer = announce(eve, name)
    assert answer.status_code in (400, 422)
    assert "name" in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", 0),
        ("size", -1),
        ("size", 1.5),
        ("size", True),
        ("size", "3"),
        ("size", 10**18),
        ("size", 21 * 1024**2),
        ("name", None),
        ("name", ["a.txt"]),
        ("name", "a" * 100_000),
        ("type", "text/html"),
        ("type", {"$gt": ""}),
        ("owner_id", 1),
        ("shared", True),
    ],
)
def test_what_is_said_of_a_file_has_a_type_and_a_bound(
    eve: FlaskClient, field: str, value: object
) -> None:
    said = {"name": "a.txt", "type": "text/plain", "size": 3, field: value}
    answer = eve.post(FILES, json=said)
    assert answer.status_code in (413, 422)
    assert answer.mimetype == "application/problem+json"


def test_bytes_that_are_something_else_make_no_file(eve: FlaskClient) -> None:
    for name, body in [("a.png", b"<script>"), ("a.txt", b"\x89PNG\r\n\x1a\n")]:
        permit = announce(eve, name, GOOD.get(name, ("text/plain",))[0], len(body)).json
        assert put(eve, permit["token"], body).status_code in (415, 422)
    assert eve.get(FILES).json["items"] == []


@pytest.mark.parametrize(
    "path", ["/-1", "/0", "/x", "/1.5", "/99999999999", "/../../config.py", "/1/none"]
)
def test_what_is_no_file_is_not_found(eve: FlaskClient, path: str) -> None:
    for method in ("GET", "DELETE"):
        assert eve.open(FILES + path, method=method).status_code == 404
