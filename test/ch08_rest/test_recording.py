"""What the log has of marked methods: enough to help, nothing personal or secret."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.exceptions import Conflict

from apps.api import Resource, recording
from apps.api.recording import log_record
from apps.log.formatter import LineFormatter
from apps.user.models import User

JSON = "application/json"


class Echo(Resource):
    """Answers with what it was sent."""

    @log_record("part", "password")
    def post(self) -> object:
        """Return the body."""
        return request.get_json(), 201

    @log_record()
    def put(self) -> object:
        """Refuse it."""
        raise Conflict("Not now.")

    def patch(self) -> object:
        """Return the body, unrecorded."""
        return request.get_json()


Record = Callable[..., logging.LogRecord]


@pytest.fixture
def record(
    own_app: Flask,
    unguarded: Callable[[Flask], Flask],
    caplog: pytest.LogCaptureFixture,
) -> Record:
    """Ask the echo, and return what was recorded of it."""
    unguarded(own_app).add_url_rule("/echo", view_func=Echo.as_view("echo"))
    caplog.set_level("INFO", "apps.api.recording")

    def ask(method: str = "POST", **sent: Any) -> logging.LogRecord:
        caplog.clear()
        own_app.test_client().open("/echo", method=method, **sent)
        (found,) = [one for one in caplog.records if one.name == recording.__name__]
        return found

    return ask


def test_a_line_says_who_asked_what_and_got_what(record: Record) -> None:
    found = record(json={"part": "one/", "shared": True, "stars": 3})
    assert found.getMessage() == "POST /echo was answered with 201"
    assert vars(found)["asked"] == '{"part": "one/", "shared": true, "stars": 3}'
    assert vars(found)["answered"] == vars(found)["asked"]
    assert vars(found)["user_id"] is None
    assert vars(found)["milliseconds"] >= 0


def test_a_text_is_recorded_as_its_length(record: Record) -> None:
    body = {"body": "Dear diary", "quote": {"exact": "a secret"}, "tags": ["private"]}
    found = vars(record(json=body))
    assert found["asked"] == (
        '{"body": "[10 characters]", "quote": {"exact": "[8 characters]"},'
        ' "tags": ["[7 characters]"]}'
    )
    assert found["answered"] == found["asked"]


def test_a_secret_is_not_recorded_even_where_its_field_is_named(
    record: Record,
) -> None:
    body = {"password": "hunter2", "part": "token=hunter2"}
    headers = {"Authorization": "Basic aHVudGVyMg==", "Cookie": "session=hunter2"}
    found = record(json=body, headers=headers, query_string="password=hunter2")
    line = LineFormatter().format(found)
    assert "hunter2" not in str(vars(found)) + line
    assert "aHVudGVyMg" not in str(vars(found)) + line
    assert "[redacted]" in vars(found)["asked"]


def test_a_refusal_is_recorded_as_it_was_answered(record: Record) -> None:
    found = record("PUT", json={"part": "one/"})
    assert found.getMessage() == "PUT /echo was answered with 409"
    assert '"detail": "Not now."' in vars(found)["answered"]
    assert vars(found)["asked"] == '{"part": "[4 characters]"}'


@pytest.mark.parametrize(
    ("body", "kind", "shown"),
    [
        (b"\x89PNG\r\n", "image/png", "[image/png, 6 bytes]"),
        (b"", "", "[nothing, 0 bytes]"),
        (b'{"password": "hunter2', JSON, "[no JSON]"),
        (b"\xff", JSON, "[no JSON]"),
        (b"[" * 16_000, JSON, "[no JSON]"),
        (b'{"a": 1, "a": 2}', JSON, "[no JSON]"),
    ],
)
def test_what_is_no_json_is_left_out(
    record: Record, body: bytes, kind: str, shown: str
) -> None:
    found = record("PUT", data=body, content_type=kind)
    assert vars(found)["asked"] == shown


def test_what_is_too_long_is_cut(record: Record) -> None:
    found = vars(record(json={"part": ["x" * 20] * 11, "list": list(range(12))}))
    assert '"and 1 more"]' in found["asked"]
    assert '9, "and 2 more"]' in found["asked"]
    found = vars(record(json={"part": "x" * 10_000}))
    assert len(found["asked"]) == recording.MAX_CHARACTERS


def test_an_answer_that_is_no_json_is_not_read(
    own_app: Flask, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stream(self: Echo) -> object:
        return own_app.response_class(iter([b"one"]), mimetype="text/plain")

    monkeypatch.setattr(Echo, "patch", log_record()(stream))
    own_app.view_functions["echo"] = Echo.as_view("echo")
    assert vars(record("PATCH", json={}))["answered"] == "[text/plain, 0 bytes]"


def test_a_method_without_the_mark_is_not_recorded(record: Record) -> None:
    with pytest.raises(ValueError, match="not enough values"):  # there is no record
        record("PATCH", json={})


def test_a_break_in_a_line_stays_in_its_line(record: Record) -> None:
    line = LineFormatter().format(record(json={"part": "one\n2026 INFO forged"}))
    assert "\n" not in line


def test_whoever_asked_is_named(
    own_app: Flask,
    api: Callable[..., FlaskClient],
    make_user: Callable[..., User],
    caplog: pytest.LogCaptureFixture,
) -> None:
    own_app.add_url_rule("/echo", view_func=Echo.as_view("echo"))
    caplog.set_level("INFO", "apps.api.recording")
    user = make_user("ada")
    assert api(user).post("/echo", json={"body": "one"}).status_code == 201
    assert vars(caplog.records[-1])["user_id"] == user.id


def test_a_note_that_is_refused_is_recorded_without_its_text(
    ada: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "apps.api.recording")
    answer = ada.post(
        "/api/v1/notes", json={"part": "one/", "body": "Dear diary", "x": 1}
    )
    assert answer.status_code == 422
    (found,) = caplog.records
    assert vars(found)["asked"] == '{"body": "[10 characters]", "part": "one/", "x": 1}'
    assert "is not an allowed field" in vars(found)["answered"]
