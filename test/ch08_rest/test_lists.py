"""Lists: parameters that are checked, pages, and where the list goes on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import clock

NOTES = "/api/v1/notes"


@pytest.fixture
def write(ada: FlaskClient) -> Callable[..., None]:
    """Write a note of ada's: `write("body", tags=["later"])`."""

    def write(body: str, **fields: object) -> None:
        new = {"part": "one/", "body": body} | fields
        assert ada.post(NOTES, json=new).status_code == 201

    return write


def bodies(answer: TestResponse) -> list[str]:
    """Read what the notes of a list say."""
    assert answer.status_code == 200, answer.text
    return [note["body"] for note in answer.json["items"]]


def faults(answer: TestResponse) -> dict[str, str]:
    """Read the faults of a refusal: parameter and reason."""
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    for fault in answer.json["errors"]:
        assert "pointer" not in fault  # there is no body
    return {fault["field"]: fault["reason"] for fault in answer.json["errors"]}


@pytest.mark.usefixtures("both_mongo")
def test_a_list_is_read_page_by_page(
    ada: FlaskClient, write: Callable[..., None]
) -> None:
    for number in range(5):
        write(f"{number}", tags=["sp\u00e4ter"])
        write("not this")
    found, url, pages = [], f"{NOTES}?tag=sp%C3%A4ter&only=body&limit=2", 0
    while url:
        answer = ada.get(url)
        assert all(note.keys() == {"body"} for note in answer.json["items"])
        found += bodies(answer)
        url, pages = answer.json["next"], pages + 1
        link = answer.headers.get("Link")
        assert link == (f'<{url}>; rel="next"' if url else None)
    assert (sorted(found), pages) == (["0", "1", "2", "3", "4"], 3)


def test_a_list_that_ends_with_a_full_page_has_no_next(
    ada: FlaskClient, write: Callable[..., None]
) -> None:
    write("a")
    write("b")
    answer = ada.get(f"{NOTES}?limit=2")
    assert len(bodies(answer)) == 2
    assert answer.json["next"] is None
    assert "Link" not in answer.headers


def test_a_page_has_20_notes(ada: FlaskClient, write: Callable[..., None]) -> None:
    for number in range(21):
        write(f"{number}")
    assert len(bodies(ada.get(NOTES))) == 20
    assert len(bodies(ada.get(f"{NOTES}?limit=100"))) == 21


def test_of_one_part(ada: FlaskClient, write: Callable[..., None]) -> None:
    write("a")
    write("b", part="two/")
    assert bodies(ada.get(f"{NOTES}?part=two/")) == ["b"]
    assert bodies(ada.get(f"{NOTES}?part=none/")) == []


@pytest.mark.usefixtures("both_mongo")
def test_both_days_belong_to_the_archive(
    ada: FlaskClient, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = datetime(2026, 10, 1, tzinfo=UTC)
    last = datetime(2026, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    moment = timedelta(milliseconds=1)
    for body, time in {
        "before": first - moment,
        "first": first,
        "last": last,
        "after": last + moment,
    }.items():
        with monkeypatch.context() as patch:
            patch.setattr("apps.note.backend.clock.now", lambda time=time: time)
            write(body)
    assert clock.now() > last

    def between(query: str) -> set[str]:
        return set(bodies(ada.get(f"{NOTES}?{query}")))

    assert between("since=2026-10-01&until=2026-10-31") == {"first", "last"}
    assert between("since=2026-10-31&until=2026-10-31") == {"last"}
    assert between("since=2026-10-01") == {"first", "last", "after"}
    assert between("until=2026-10-31") == {"before", "first", "last"}
    assert between("since=2026-11-01&until=2026-10-31") == {"after"} - {"after"}
    assert between("since=0001-01-01&until=9999-12-31") == between("limit=100")


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("limit=0", {"limit": "must be at least 1"}),
        ("limit=101", {"limit": "must be at most 100"}),
        ("limit=-1", {"limit": "must be at least 1"}),
        (f"limit={'9' * 3000}", {"limit": "must be at most 100"}),
        ("limit=1e1", {"limit": "must be a whole number"}),
        ("limit=1.0", {"limit": "must be a whole number"}),
        ("limit=%D9%A1", {"limit": "must be a whole number"}),
        ("limit=", {"limit": "must be a whole number"}),
        ("limit=%001", {"limit": "must be a whole number"}),
        ("limit=1&limit=2", {"limit": "must be a whole number"}),
        ("tag=a&tag=b", {"tag": "must be text"}),
        ("tag=", {"tag": "must not be empty"}),
        ("since=2026-02-30", {"since": "must be a date"}),
        ("since=2026-1-1", {"since": "must be a date"}),
        ("until=tomorrow", {"until": "must be a date"}),
        ("until=2026-12-01T00:00:00Z", {"until": "must be a date"}),
        ("until=%D9%A2026-12-01", {"until": "must be a date"}),
        ("until=10000-01-01", {"until": "must be a date"}),
        ("tags=a", {"tags": "is not an allowed field"}),
        ("tag[$ne]=a", {"tag[$ne]": "is not an allowed field"}),
        ("author_id=1", {"author_id": "is not an allowed field"}),
        (
            "limit=0&page=2&since=x",
            {
                "limit": "must be at least 1",
                "page": "is not an allowed field",
                "since": "must be a date",
            },
        ),
    ],
)
def test_each_parameter_that_does_not_fit_is_named(
    ada: FlaskClient, query: str, refused: dict[str, str]
) -> None:
    assert faults(ada.get(f"{NOTES}?{query}")) == refused


@pytest.mark.parametrize("value", ["%00", "%1B", "%FF", "$ne", "%7B%22$ne%22:1%7D"])
@pytest.mark.parametrize("name", ["part", "tag"])
def test_what_the_rules_refuse_is_a_fault_of_the_parameter(
    ada: FlaskClient, name: str, value: str
) -> None:
    assert faults(ada.get(f"{NOTES}?{name}={value}")).keys() == {name}


@pytest.mark.parametrize("after", ["x", "", "0" * 23, "%00", "$ne", "x" * 3000])
def test_a_cursor_is_one_that_a_page_gave(ada: FlaskClient, after: str) -> None:
    answer = ada.get(f"{NOTES}?after={after}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_the_fields_of_a_list_are_chosen_as_ever(ada: FlaskClient) -> None:
    assert ada.get(f"{NOTES}?only=none").status_code == 400
    assert faults(ada.get(f"{NOTES}?only=id&only=body")) == {"only": "must be text"}


def test_a_page_below_an_address_goes_on_there(
    ada: FlaskClient, write: Callable[..., None]
) -> None:
    write("a")
    write("b")
    mounted: dict[str, Any] = {"SCRIPT_NAME": "/book"}
    answer = ada.get(f"{NOTES}?limit=1", environ_overrides=mounted)
    assert answer.json["next"].startswith(f"/book{NOTES}?limit=1&after=")
