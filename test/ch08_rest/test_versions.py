"""Two versions side by side, and the old one's notice."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.progress import domain as progress
from apps.user.models import User


@pytest.fixture
def reading(
    app: Flask, api: Callable[..., FlaskClient], make_user: Callable[..., User]
) -> FlaskClient:
    """A program of somebody who has read the first chapter."""
    user = make_user("ada")
    with app.app_context():
        progress.mark(user, "one/")
    return api(user)


def test_version_2_lists_parts(reading: FlaskClient) -> None:
    found = reading.get("/api/v2/progress").json
    (item,) = found["items"]
    assert datetime.fromisoformat(item.pop("read_at")).utcoffset() is not None
    assert item == {
        "chapter": "one",
        "part": "",
        "title": "The first",
        "url": "/chapter/one",
    }
    assert found["next_part"] == {
        "chapter": "two",
        "part": "",
        "title": "The second",
        "url": "/chapter/two",
    }


def test_where_all_is_read_there_is_no_next_part(
    app: Flask, reading: FlaskClient
) -> None:
    with app.app_context():
        user = User.query.one()
        progress.mark(user, "two/")
        progress.mark(user, "two/2-more")
    found = reading.get("/api/v2/progress").json
    parts = [(item["chapter"], item["part"]) for item in found["items"]]
    assert parts == [("one", ""), ("two", ""), ("two", "2-more")]
    assert found["next_part"] is None


def test_version_1_says_what_it_always_said(reading: FlaskClient) -> None:
    found = reading.get("/api/v1/progress").json
    assert list(found) == ["read", "next"]
    assert list(found["read"]) == ["one/"]
    assert found["next"] == "two/"


def test_version_1_says_since_when_until_when_and_what_instead(
    reading: FlaskClient,
) -> None:
    answer = reading.get("/api/v1/progress")
    since = answer.headers["Deprecation"]
    assert since.startswith("@")  # a Date of RFC 9651, seconds since 1970
    sunset = parsedate_to_datetime(answer.headers["Sunset"])
    assert sunset > datetime.fromtimestamp(int(since[1:]), UTC)
    (link,) = answer.headers.getlist("Link")
    target, _, relation = link.partition("; ")
    assert relation == 'rel="successor-version"'
    successor = urljoin("/api/v1/progress", target.strip("<>"))
    assert reading.get(successor).json["items"]


def test_a_refusal_says_so_too(reading: FlaskClient) -> None:
    answer = reading.get("/api/v1/progress?only=none")
    assert answer.status_code == 400
    assert "Sunset" in answer.headers


@pytest.mark.parametrize("path", ["/api/v2/progress", "/api/v1/me", "/chapters"])
def test_nothing_else_says_so(reading: FlaskClient, path: str) -> None:
    headers = reading.get(path).headers
    assert not {"Deprecation", "Sunset", "Link"} & set(headers.keys())


def test_the_addresses_in_an_answer_keep_to_its_version(reading: FlaskClient) -> None:
    for version in ("v1", "v2"):
        found = reading.get(f"/api/{version}/chapters").json["items"]
        assert found[0]["url"] == f"/api/{version}/chapters/one"


def test_all_else_is_the_same_in_both_versions(app: Flask) -> None:
    def views(version: str) -> dict[tuple[str, frozenset[str]], object]:
        return {
            (rule.rule.partition(version)[2], frozenset(rule.methods or ())): getattr(
                app.view_functions[rule.endpoint], "view_class", None
            )
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith(f"/api/{version}/")
        }

    first, second = views("v1"), views("v2")
    assert first.keys() == second.keys()
    different = {path for path, _ in first if first[path, _] is not second[path, _]}
    assert different == {"/progress"}


def test_the_log_says_who_still_asks_for_the_old_one(
    reading: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "apps.api.recording")
    user_id = reading.get("/api/v2/me").json["id"]
    assert reading.get("/api/v2/progress").status_code == 200
    assert not caplog.records
    reading.get("/api/v1/progress")
    (found,) = caplog.records
    assert vars(found)["user_id"] == user_id


def test_the_document_says_so_too(client: FlaskClient) -> None:
    def marked(version: str) -> list[str]:
        paths = client.get(f"/api/{version}/openapi.json").json["paths"]
        return [
            f"{method} {path}"
            for path, methods in paths.items()
            for method, operation in methods.items()
            if operation.get("deprecated")
        ]

    assert (marked("v1"), marked("v2")) == (["get /progress"], [])
