"""Conditional requests: what hasn't changed isn't sent, what has isn't overwritten."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps.note import backend, domain
from apps.user.models import User

CHANGE = {"body": "Why not?", "tags": ["later"], "shared": False}


@pytest.fixture
def note(ada: FlaskClient) -> str:
    """The address of a note of ada's."""
    body = {"part": "one/", "body": "Why?"}
    answer = ada.post("/api/v1/notes", json=body)
    assert answer.status_code == 201
    address: str = answer.json["url"]
    return address


def change(client: FlaskClient, note: str, tag: str | None, body: str) -> TestResponse:
    """Write another text into a note, if it still has this tag."""
    headers = {"If-Match": tag} if tag else {}
    return client.put(note, json=CHANGE | {"body": body}, headers=headers)


@pytest.mark.parametrize("path", ["chapters", "chapters/one", "chapters?only=slug"])
def test_what_the_client_has_is_not_sent_again(
    api: Callable[..., FlaskClient], path: str
) -> None:
    client, address = api(), f"/api/v1/{path}"
    first = client.get(address)
    tag = first.headers["ETag"]
    assert tag.startswith('"')  # a strong one
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        for method in ("GET", "HEAD"):
            again = client.open(
                address, method=method, headers={"If-None-Match": known}
            )
            assert (again.status_code, again.data) == (304, b"")
            assert again.headers["ETag"] == tag
            assert "Content-Type" not in again.headers
    changed = client.get(address, headers={"If-None-Match": '"other"'})
    assert (changed.status_code, changed.data) == (200, first.data)


def test_a_head_request_has_the_tag_of_the_answer_to_get(
    api: Callable[..., FlaskClient],
) -> None:
    head, get = (api().open("/api/v1/chapters", method=m) for m in ("HEAD", "GET"))
    assert head.headers["ETag"] == get.headers["ETag"]
    assert (head.status_code, head.data) == (200, b"")


@pytest.mark.usefixtures("note")
def test_every_get_has_a_tag(app: Flask, ada: FlaskClient) -> None:
    paths = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and not rule.arguments
    ]
    found = [ada.get(path) for path in paths if not path.endswith("/")]
    answered = [one for one in found if one.status_code == 200]
    assert len(answered) >= 4
    assert [one.request.path for one in answered if "ETag" not in one.headers] == []


def test_each_selection_of_fields_has_a_tag_of_its_own(
    ada: FlaskClient, note: str
) -> None:
    queries = ["", "?only=body", "?only=body,tags", "?exclude=body"]
    tags = {ada.get(note + query).headers["ETag"] for query in queries}
    assert len(tags) == len(queries)


def test_two_readers_of_a_shared_note_are_told_apart(
    api: Callable[..., FlaskClient], make_user: Callable[..., User], ada: FlaskClient
) -> None:
    body = {"part": "one/", "body": "Why?", "shared": True}
    note = ada.post("/api/v1/notes", json=body).json["url"]
    bob = api(make_user("bob"))
    tag = ada.get(note).headers["ETag"]
    assert bob.get(note, headers={"If-None-Match": tag}).json["yours"] is False


def test_a_change_of_what_was_read_is_made(ada: FlaskClient, note: str) -> None:
    tag = ada.get(note).headers["ETag"]
    answer = change(ada, note, tag, "Why not?")
    assert (answer.status_code, answer.json["body"]) == (200, "Why not?")
    read = ada.get(note, headers={"If-None-Match": tag})
    assert (read.status_code, read.json) == (200, answer.json)


def test_the_second_of_two_who_have_read_the_same_loses_nothing(
    ada: FlaskClient, note: str
) -> None:
    tag = ada.get(note).headers["ETag"]
    assert change(ada, note, tag, "from the phone").status_code == 200
    answer = change(ada, note, tag, "from the laptop")
    assert answer.status_code == 412
    assert answer.mimetype == "application/problem+json"
    assert ada.get(note).json["body"] == "from the phone"
    assert ada.delete(note, headers={"If-Match": tag}).status_code == 412
    assert ada.get(note).status_code == 200


def test_whoever_does_not_say_what_was_read_changes_nothing(
    ada: FlaskClient, note: str
) -> None:
    for answer in (change(ada, note, None, "blind"), ada.delete(note)):
        assert answer.status_code == 428
        assert "If-Match" in answer.json["detail"]
    assert ada.get(note).json["body"] == "Why?"


def test_any_of_several_tags_will_do_but_no_weak_one(
    ada: FlaskClient, note: str
) -> None:
    tag = ada.get(note).headers["ETag"]
    assert change(ada, note, f"W/{tag}", "weak").status_code == 412
    assert change(ada, note, '"other"', "other").status_code == 412
    assert change(ada, note, f'"other", {tag}', "one of two").status_code == 200
    assert change(ada, note, "*", "whatever is there").status_code == 200
    assert ada.get(note).json["version"] == 3


def test_a_tag_is_that_of_the_address_to_which_the_change_is_sent(
    ada: FlaskClient, note: str
) -> None:
    some = f"{note}?only=body"
    tag = ada.get(some).headers["ETag"]
    assert change(ada, note, tag, "to another address").status_code == 412
    answer = change(ada, some, tag, "to the same")
    assert (answer.status_code, answer.json) == (200, {"body": "to the same"})


def test_a_deleted_note_is_gone_for_all(ada: FlaskClient, note: str) -> None:
    tag = ada.get(note).headers["ETag"]
    assert ada.delete(note, headers={"If-Match": tag}).status_code == 204
    for answer in (
        change(ada, note, tag, "too late"),
        ada.delete(note, headers={"If-Match": tag}),
        ada.delete(note),
    ):
        assert answer.status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_change_between_the_comparison_and_the_store_is_seen(
    ada: FlaskClient, note: str, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    tag = ada.get(note).headers["ETag"]
    find, others = domain.find, iter([True])

    def find_while_another_writes(note_id: object, reader: User) -> Any:
        found = find(note_id, reader)
        if next(others, False):
            change = {"body": "the other's", "tags": [], "shared": False}
            domain.rewrite(note_id, reader, **change, version=found.version)
        return found

    monkeypatch.setattr(domain, "find", find_while_another_writes)
    json = CHANGE if method == "PUT" else None
    answer = ada.open(note, method=method, json=json, headers={"If-Match": tag})
    assert answer.status_code == 412
    assert ada.get(note).json["body"] == "the other's"


def test_of_many_who_have_read_the_same_one_may_write(
    app: Flask, api: Callable[..., FlaskClient], make_user: Callable[..., User]
) -> None:
    """Each has compared its tag before any has written."""
    user = make_user("eve")
    client = api(user)
    body = {"part": "one/", "body": "Why?"}
    note = client.post("/api/v1/notes", json=body).json["url"]
    tag = client.get(note).headers["ETag"]
    store, others = backend.change, [api(user) for _ in range(3)]
    statuses: list[int] = []

    def store_after_all_have_compared(new: Any, version: int) -> bool:
        if others:
            statuses.append(change(others.pop(), note, tag, "later").status_code)
        return store(new, version)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(backend, "change", store_after_all_have_compared)
        last = change(client, note, tag, "the first to compare")
    assert sorted([*statuses, last.status_code]) == [200, 412, 412, 412]
    assert client.get(note).json["version"] == 2


def test_the_document_tells_of_tags(app: Flask) -> None:
    from apps.api.openapi import describe

    with app.test_request_context():
        paths = describe("v1")["paths"]
    get, put = paths["/notes/{note_id}"]["get"], paths["/notes/{note_id}"]["put"]
    assert "ETag" in get["responses"]["200"]["headers"]
    assert "304" in get["responses"]
    assert {"412", "428"} <= put["responses"].keys()
    needed = {one["name"]: one.get("required", False) for one in put["parameters"]}
    assert needed["If-Match"] is True
    assert "304" not in put["responses"]
