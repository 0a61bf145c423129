"""A body is one clear JSON object that fits its schema, or the answer says why not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from jsonschema.exceptions import SchemaError
from werkzeug.test import TestResponse

from apps import create_app
from apps.web.access import public
from apps.web.validation import checked_body

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        "kind": {"enum": ["a", "b"]},
        "code": {"type": "string", "pattern": "^[a-z]+\\Z"},
    },
    "required": ["name"],
    "additionalProperties": False,
}
OWN = {"Sec-Fetch-Site": "same-origin"}


def taking(settings: dict[str, object]) -> Flask:
    """Build the app with views that take a body."""
    app = create_app(settings)

    @app.post("/checked")
    @public
    def checked() -> dict[str, Any]:
        return checked_body(SCHEMA)

    @app.post("/anything")
    @public
    def anything() -> dict[str, Any]:
        return checked_body({})

    @app.post("/mistaken")
    @public
    def mistaken() -> dict[str, Any]:
        return checked_body({"type": "strnig"})

    folder = Path(app.instance_path).parent
    (folder / "schemas").mkdir(exist_ok=True)
    (folder / "schemas" / "shelf.json").write_text('{"required": ["book"]}')
    shelf = Blueprint("shelf", "shelf", root_path=str(folder))

    @shelf.post("/shelf")
    @public
    def put() -> dict[str, Any]:
        return checked_body("shelf")

    app.register_blueprint(shelf)
    return app


@pytest.fixture(scope="module")
def make_app() -> Callable[..., Flask]:
    """Build the app with views that take a body."""
    return taking


def send(
    client: FlaskClient,
    body: bytes | str,
    path: str = "/checked",
    content_type: str = "application/json",
) -> TestResponse:
    """Post a body just as it is."""
    return client.post(path, data=body, content_type=content_type, headers=OWN)


def faults(answer: TestResponse) -> dict[str, str]:
    """Read the faults of a refusal: field and reason."""
    assert answer.content_type == "application/problem+json"
    return {fault["field"]: fault["reason"] for fault in answer.json["errors"]}


def test_a_body_that_fits_is_taken(client: FlaskClient) -> None:
    body = {"name": "Ad\u00e4", "age": 3, "tags": ["x"], "kind": "a"}
    assert client.post("/checked", json=body, headers=OWN).json == body


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"'],
)
def test_json_may_name_its_charset(client: FlaskClient, content_type: str) -> None:
    answer = send(client, '{"name": "Ada"}', content_type=content_type)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/problem+json",
        "application/json; charset=latin-1",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    ],
)
def test_what_is_not_called_json_is_415(client: FlaskClient, content_type: str) -> None:
    answer = send(client, '{"name": "Ada"}', content_type=content_type)
    assert answer.status_code == 415
    bearer = {"Authorization": "Bearer x"}
    answer = client.post(
        "/checked", data=b"{}", content_type=content_type, headers=bearer
    )
    assert answer.status_code == 415


def test_a_packed_body_is_415(client: FlaskClient) -> None:
    headers = {**OWN, "Content-Encoding": "gzip"}
    answer = client.post("/checked", json={"name": "Ada"}, headers=headers)
    assert answer.status_code == 415


def test_a_body_over_the_limit_is_413(app: Flask, client: FlaskClient) -> None:
    body = json.dumps({"name": "x" * app.config["MAX_CONTENT_LENGTH"]})
    assert send(client, body).status_code == 413


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b'{"name":\n "Ada",}', "line 2"),
        (b'{"name": "Ada"} x', "line 1, column 17"),
        (b'{"name": "A\nda"}', "line 1"),
        (b"{'name': 'Ada'}", "line 1"),
        (b'{"name": "\xff"}', "not UTF-8 at byte 10"),
        (b'\xef\xbb\xbf{"name": "Ada"}', "line 1"),
        ('{"name": "Ada"}'.encode("utf-16"), "not UTF-8"),
        (b'{"age": NaN}', "no NaN"),
        (b'{"age": Infinity}', "no Infinity"),
        (b'{"age": -Infinity}', "no -Infinity"),
        (b'{"age": 1e999}', "too large"),
        (b'{"age": ' + b"9" * 5000 + b"}", "too long"),
        (b"[" * 8_000 + b"]" * 8_000, "deeper than 32"),
        (b'{"a":' * 2_000 + b"1" + b"}" * 2_000, "deeper than 32"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b'"' + b'\\"' * 8_000 + b"[" * 40, "line 1"),
    ],
)
def test_what_is_not_one_json_text_is_400(
    client: FlaskClient, body: bytes, reason: str
) -> None:
    answer = send(client, body)
    assert answer.status_code == 400
    assert reason in faults(answer)[""]


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (r'{"name": "Ada", "name": "Eve"}', "name", "duplicated"),
        (r'{"name": "A\u0000a"}', "name", "NUL"),
        (r'{"name": "A\ud800a"}', "name", "surrogate"),
        (r'{"tags": ["x", "\udfff"]}', "tags.1", "surrogate"),
        (r'{"a\u0000": 1}', "a\ufffd", "NUL"),
        (r'{"\ud800": 1}', "\ufffd", "surrogate"),
    ],
)
def test_what_readers_would_take_differently_is_400_and_names_its_field(
    client: FlaskClient, body: str, field: str, reason: str
) -> None:
    answer = send(client, body)
    assert answer.status_code == 400
    assert reason in faults(answer)[field]


def test_brackets_in_a_text_are_not_levels(client: FlaskClient) -> None:
    body = {"text": '[{"' * 50, "back": "\\", "levels": 3}
    assert client.post("/anything", json=body, headers=OWN).json == body


def test_a_pair_of_surrogates_is_one_character(client: FlaskClient) -> None:
    assert send(client, r'{"name": "\ud83d\ude00"}').json == {"name": "\U0001f600"}


@pytest.mark.parametrize("body", ["[]", "1", "null", '"text"', "true"])
@pytest.mark.parametrize("path", ["/checked", "/anything"])
def test_a_body_that_is_no_object_is_422(
    client: FlaskClient, body: str, path: str
) -> None:
    answer = send(client, body, path)
    assert answer.status_code == 422
    assert faults(answer)[""] == "must be an object"


def test_every_fault_is_named(client: FlaskClient) -> None:
    body = {"age": -1, "tags": [1, "a", "b"], "kind": "c", "code": "X", "more": 1}
    answer = client.post("/checked", json=body, headers=OWN)
    assert answer.status_code == 422
    assert faults(answer) == {
        "name": "is missing",
        "age": "must be at least 0",
        "tags": "must have at most 2 items",
        "tags.0": "must be text",
        "kind": 'must be one of "a", "b"',
        "code": "has the wrong format",
        "more": "is not an allowed field",
    }
    assert answer.json["title"] == "Unprocessable Entity"
    assert answer.json["detail"] == "7 fields of the body are invalid."


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "must be text"),
        (7, "must be text"),
        ([], "must be text"),
        ({}, "must be text"),
        ("", "must not be empty"),
        ("\U0001f600" * 6, "must have at most 5 characters"),
    ],
)
def test_a_value_that_does_not_fit_is_422(
    client: FlaskClient, value: object, reason: str
) -> None:
    answer = client.post("/checked", json={"name": value}, headers=OWN)
    assert answer.status_code == 422
    assert faults(answer) == {"name": reason}


@pytest.mark.parametrize("value", [True, 1.5, "1", 10**30])
def test_true_is_no_number(client: FlaskClient, value: object) -> None:
    answer = client.post("/checked", json={"name": "A", "age": value}, headers=OWN)
    assert list(faults(answer)) == ["age"]


def test_no_refusal_repeats_a_value(client: FlaskClient) -> None:
    for body in ('{"name": "hunter2-hunter2"}', '{"name": "hunter2', '["hunter2"]'):
        assert "hunter2" not in send(client, body).text


def test_the_names_of_wrong_fields_have_an_end(client: FlaskClient) -> None:
    body = {"n" * 140 + str(number): 1 for number in range(100)}
    answer = client.post("/checked", json=body, headers=OWN)
    assert answer.status_code == 422
    assert len(answer.data) < 10_000


def test_a_schema_stands_in_a_file_beside_its_blueprint(client: FlaskClient) -> None:
    answer = send(client, "{}", "/shelf")
    assert faults(answer) == {"book": "is missing"}
    assert send(client, '{"book": 1}', "/shelf").json == {"book": 1}


def test_a_schema_with_a_fault_is_ours_to_mend(client: FlaskClient) -> None:
    with pytest.raises(SchemaError):
        send(client, "{}", "/mistaken")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = st.sampled_from([*SCHEMA["properties"], "more", ""])


@rules(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.binary()
    | st.text().map(str.encode)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(FIELDS, JSON).map(lambda value: json.dumps(value).encode())
)
def test_no_body_is_too_bad_for_an_answer(client: FlaskClient, body: bytes) -> None:
    answer = send(client, body)
    assert answer.status_code in (200, 400, 422)
    if answer.status_code != 200:
        assert answer.json["errors"]
