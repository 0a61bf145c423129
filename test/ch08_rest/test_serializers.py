"""Serializers: which fields an answer has, and how times are written."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from apps.api.serializer import utc
from apps.progress import domain as progress
from apps.user.models import User

APPS = Path(__file__).resolve().parents[2] / "apps"


def test_a_chapter_has_its_title_its_address_and_its_parts(
    api: Callable[..., FlaskClient],
) -> None:
    first, second = api().get("/api/v1/chapters").json["items"]
    assert first == {
        "number": 1,
        "slug": "one",
        "title": "The first",
        "url": "/api/v1/chapters/one",
        "parts": [{"name": "", "title": "The first", "url": "/chapter/one"}],
    }
    assert [part["name"] for part in second["parts"]] == ["", "2-more"]
    assert api().get(second["url"]).json == second


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/chapters/two", "chapter/schemas/chapter.json"),
        ("/me", "user/schemas/user.json"),
        ("/progress", "progress/schemas/progress.json"),
    ],
)
def test_an_answer_is_as_its_schema_says(
    ada: FlaskClient, path: str, schema: str
) -> None:
    answer = ada.get(f"/api/v1{path}").json
    text = (APPS / schema).read_text(encoding="utf-8")
    check = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(json.loads(text), format_checker=check).validate(answer)
    assert answer.keys() == json.loads(text)["properties"].keys()


def test_only_these_fields(api: Callable[..., FlaskClient]) -> None:
    found = api().get("/api/v1/chapters?only=slug,title").json["items"]
    assert found[0] == {"slug": "one", "title": "The first"}


def test_all_but_these_fields(ada: FlaskClient) -> None:
    found = ada.get("/api/v1/me?exclude=email,id").json
    assert found.keys() == {"name", "created_at"}


@pytest.mark.parametrize(
    "query", ["only=slug&exclude=title", "only=none", "exclude=slug,none", "only="]
)
def test_what_makes_no_sense_is_refused(
    api: Callable[..., FlaskClient], query: str
) -> None:
    answer = api().get(f"/api/v1/chapters?{query}")
    assert answer.status_code == 400
    assert answer.json["detail"]


def test_times_are_in_utc_whatever_their_zone() -> None:
    here = datetime(2026, 12, 1, 10, 30, tzinfo=timezone(timedelta(hours=1)))
    assert utc(here) == "2026-12-01T09:30:00Z"
    assert utc(here.astimezone(UTC)) == "2026-12-01T09:30:00Z"


def test_a_time_without_a_zone_is_no_time() -> None:
    with pytest.raises(ValueError, match="zone"):
        utc(datetime(2026, 12, 1))


def test_an_answer_says_its_times_in_utc(ada: FlaskClient) -> None:
    assert ada.get("/api/v1/me").json["created_at"].endswith("Z")


def test_progress_says_its_times_in_utc(
    app: Flask, api: Callable[..., FlaskClient], make_user: Callable[..., User]
) -> None:
    user = make_user("ada")
    with app.app_context():
        progress.mark(user, "one/")
    read = api(user).get("/api/v1/progress").json["read"]
    assert read["one/"].endswith("Z")
