"""Notes as resources: written, read, changed, deleted, and what is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps.note import domain
from apps.user.models import User

NOTES = "/api/v1/notes"
GOOD: dict[str, Any] = {"part": "two/2-more", "body": "Why?"}
FULL = GOOD | {
    "quote": {"exact": "three", "prefix": "Text ", "suffix": ", caf\u00e9."},
    "tags": ["question"],
    "shared": True,
}
HOSTILE = [
    {"$ne": None},
    {"$gt": ""},
    {"$where": "sleep(1000)"},
    ["x", {"$ne": 1}],
    10**400,
    1.5,
    "\x1b[2J",
    "\x7f",
]


@pytest.fixture
def careless(
    api: Callable[..., FlaskClient], make_user: Callable[..., User]
) -> Callable[[str], FlaskClient]:
    """Make a program that changes a note, whichever version is there."""

    def make(name: str) -> FlaskClient:
        client = api(make_user(name))
        client.environ_base["HTTP_IF_MATCH"] = "*"  # which parts 4 and 5 don't read
        return client

    return make


@pytest.fixture
def ada(careless: Callable[[str], FlaskClient]) -> FlaskClient:
    """A program with a token of ada's."""
    return careless("ada")


@pytest.fixture
def bob(careless: Callable[[str], FlaskClient]) -> FlaskClient:
    """A program with a token of bob's."""
    return careless("bob")


@pytest.fixture
def note(ada: FlaskClient) -> dict[str, Any]:
    """A note of ada's, as the API gives it."""
    made: dict[str, Any] = ada.post(NOTES, json=GOOD).json
    return made


def changed(note: dict[str, Any], **fields: object) -> dict[str, object]:
    """Write the body that changes a note."""
    return {"body": note["body"], "tags": [], "shared": False} | fields


def pointers(answer: TestResponse) -> dict[str, str]:
    """Read the faults of a refusal: pointer and reason."""
    assert answer.status_code == 422
    return {fault["pointer"]: fault["reason"] for fault in answer.json["errors"]}


@pytest.mark.usefixtures("both_mongo")
def test_a_new_note_is_where_its_location_says(ada: FlaskClient) -> None:
    answer = ada.post(NOTES, json=FULL)
    assert answer.status_code == 201
    made = answer.json
    assert answer.location == made["url"] == f"{NOTES}/{made['id']}"
    assert {name: made[name] for name in FULL} == FULL
    assert (made["version"], made["yours"]) == (1, True)
    assert made["created_at"] == made["changed_at"]
    assert made["created_at"].endswith("Z")
    found = ada.get(answer.location)
    assert (found.json, found.headers["Cache-Control"]) == (made, "no-store")


@pytest.mark.usefixtures("both_mongo")
def test_a_note_is_changed_and_deleted(ada: FlaskClient, note: dict[str, Any]) -> None:
    answer = ada.put(note["url"], json=changed(note, body="Oh.", tags=["Later on"]))
    assert answer.status_code == 200
    assert (answer.json["body"], answer.json["tags"]) == ("Oh.", ["later-on"])
    assert (answer.json["id"], answer.json["version"]) == (note["id"], 2)
    assert ada.get(note["url"]).json == answer.json
    gone = ada.delete(note["url"])
    assert (gone.status_code, gone.data) == (204, b"")
    for answer in (
        ada.get(note["url"]),
        ada.put(note["url"], json=changed(note)),
        ada.delete(note["url"]),
    ):
        assert answer.status_code == 404


def test_a_note_can_have_some_fields_only(
    ada: FlaskClient, note: dict[str, Any]
) -> None:
    assert ada.get(f"{note['url']}?only=body,version").json == {
        "body": "Why?",
        "version": 1,
    }
    assert ada.post(f"{NOTES}?only=id", json=GOOD).json.keys() == {"id"}


def test_others_see_nothing_unless_it_is_shared(
    ada: FlaskClient, bob: FlaskClient, note: dict[str, Any]
) -> None:
    url = note["url"]
    for answer in (bob.get(url), bob.put(url, json=changed(note)), bob.delete(url)):
        assert answer.status_code == 404
    assert ada.put(url, json=changed(note, shared=True)).status_code == 200
    assert bob.get(url).json["yours"] is False
    assert bob.put(url, json=changed(note)).status_code == 403
    assert bob.delete(url).status_code == 403
    assert bob.get(NOTES).json["items"] == []


def test_there_can_be_too_many(
    ada: FlaskClient, note: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "MAX_NOTES", 1)
    assert ada.post(NOTES, json=GOOD).status_code == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "0" * 24),
        ("version", 7),
        ("_id", "0" * 24),
        ("author_id", 1),
        ("part", "one/"),
        ("created_at", "2026-12-01T00:00:00Z"),
        ("seen_by", 0),
        ("$set", {"body": "x"}),
        ("body.x", "x"),
    ],
)
def test_what_makes_a_note_this_note_cannot_be_changed(
    ada: FlaskClient, note: dict[str, Any], field: str, value: object
) -> None:
    answer = ada.put(note["url"], json=changed(note, **{field: value}))
    assert pointers(answer) == {f"/{field}": "is not an allowed field"}
    if field != "part":
        assert ada.post(NOTES, json=GOOD | {field: value}).status_code == 422
    assert ada.get(note["url"]).json == note


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["part", "body", "quote", "tags", "shared"])
def test_hostile_values_store_nothing(
    ada: FlaskClient, field: str, value: object
) -> None:
    found = pointers(ada.post(NOTES, json=GOOD | {field: value}))
    assert all(pointer.startswith(f"/{field}") for pointer in found)
    assert ada.get(NOTES).json["items"] == []


@pytest.mark.parametrize("value", [*HOSTILE, None])
@pytest.mark.parametrize("field", ["body", "tags", "shared"])
def test_hostile_values_change_nothing(
    ada: FlaskClient, note: dict[str, Any], field: str, value: object
) -> None:
    answer = ada.put(note["url"], json=changed(note, **{field: value}))
    assert all(pointer.startswith(f"/{field}") for pointer in pointers(answer))
    assert ada.get(note["url"]).json == note


def test_every_fault_is_named(ada: FlaskClient) -> None:
    body = {
        "part": 1,
        "body": "x" * 4001,
        "quote": {"exact": "", "where": 0},
        "tags": ["a", 7],
        "shared": "yes",
    }
    assert pointers(ada.post(NOTES, json=body)) == {
        "/part": "must be text",
        "/body": "must have at most 4000 characters",
        "/quote/exact": "must not be empty",
        "/quote/where": "is not an allowed field",
        "/tags/1": "must be text",
        "/shared": "must be true or false",
    }


def test_a_fault_that_a_rule_finds_is_pointed_at_too(ada: FlaskClient) -> None:
    body = GOOD | {"body": " ", "tags": ["$a"]}
    assert pointers(ada.post(NOTES, json=body)) == {
        "/body": "must not be empty",
        "/tags": "must consist of letters, digits and hyphens",
    }


@pytest.mark.parametrize("part", ["two", "two/none", "none/", "", "../one/", "ONE/"])
def test_a_part_has_to_be_in_the_book(ada: FlaskClient, part: str) -> None:
    assert pointers(ada.post(NOTES, json=GOOD | {"part": part})).keys() == {"/part"}


@pytest.mark.parametrize(
    "note_id", ["0", "0" * 24, "Z" * 24, "%00", "$where", "%FF", "0" * 2000]
)
def test_an_id_that_nobody_has_is_404(ada: FlaskClient, note_id: str) -> None:
    url = f"{NOTES}/{note_id}"
    assert ada.get(url).status_code == 404
    assert ada.delete(url).status_code == 404
    new = {"body": "x", "tags": [], "shared": False}
    assert ada.put(url, json=new).status_code == 404


def test_a_key_is_there_once(ada: FlaskClient) -> None:
    body = b'{"part": "one/", "body": "a", "body": "b"}'
    answer = ada.post(NOTES, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert ada.get(NOTES).json["items"] == []


def test_the_longest_note_is_taken_however_it_is_written(ada: FlaskClient) -> None:
    smile = "\U0001f600"
    body = {
        "part": "two/2-more",
        "body": smile * 4000,
        "quote": {
            "exact": smile * 1000,
            "prefix": smile * 100,
            "suffix": smile * 100,
        },
        "tags": [f"{number}" + "\U00010400" * 31 for number in range(10)],
    }
    sent = json.dumps(body)
    assert len(sent) > 64_000
    answer = ada.post(NOTES, data=sent, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json["body"] == body["body"]
    change = json.dumps(changed(answer.json))
    url = answer.json["url"]
    assert ada.put(url, data=change, content_type="application/json").json
    assert ada.post(NOTES, json=GOOD | {"x": "x" * 80_000}).status_code == 413
    assert ada.delete(url, json={"x": "x" * 80_000}).status_code == 413
