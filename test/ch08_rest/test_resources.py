"""Resources: what they are, who may read them, and how errors look."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.progress import domain as progress
from apps.user.models import User


def test_the_chapters_are_listed_in_their_order(
    api: Callable[..., FlaskClient],
) -> None:
    answer = api().get("/api/v1/chapters")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert [chapter["slug"] for chapter in answer.json["items"]] == ["one", "two"]


def test_a_chapter_is_what_the_list_says_of_it(
    api: Callable[..., FlaskClient],
) -> None:
    listed = api().get("/api/v1/chapters").json["items"][1]
    assert api().get(f"/api/v1/chapters/{listed['slug']}").json == listed


def test_whoever_asks_gets_the_own_account(ada: FlaskClient) -> None:
    me = ada.get("/api/v1/me").json
    assert me["name"] == "ada"
    assert me.keys() == {"id", "name", "email", "created_at"}


def test_a_session_opens_the_api_too(
    log_in: Callable[[str], FlaskClient], make_user: Callable[..., User]
) -> None:
    make_user("bob")
    assert log_in("bob").get("/api/v1/me").json["name"] == "bob"


def test_progress_says_what_was_read_and_where_to_go_on(
    app: Flask, api: Callable[..., FlaskClient], make_user: Callable[..., User]
) -> None:
    user = make_user("ada")
    with app.app_context():
        progress.mark(user, "one/")
    found = api(user).get("/api/v1/progress").json
    assert list(found["read"]) == ["one/"]
    assert found["next"] == "two/"


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/xml"])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/none", 404),
        ("GET", "/api/v9/chapters", 404),
        ("GET", "/api/v1/chapters/none", 404),
        ("DELETE", "/api/v1/chapters", 405),
        ("GET", "/api/v1/me", 401),
    ],
)
def test_every_error_is_a_problem_whatever_the_client_prefers(
    api: Callable[..., FlaskClient], method: str, path: str, status: int, accept: str
) -> None:
    json = None if method == "GET" else {}
    answer = api().open(path, method=method, headers={"Accept": accept}, json=json)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == status
    if status == 405:
        assert "GET" in answer.headers["Allow"]
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_fault_of_ours_is_a_problem_too(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("apps.chapter.resources.catalogue", None)
    answer = own_app.test_client().get("/api/v1/chapters")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "NoneType" not in answer.text


def test_pages_still_have_pages_for_errors(api: Callable[..., FlaskClient]) -> None:
    answer = api().get("/none", headers={"Accept": "text/html"})
    assert answer.mimetype == "text/html"
