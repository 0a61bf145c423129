"""Every error has one form: problem+json for programs, a page for browsers."""

import logging
import re
from collections.abc import Callable

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from werkzeug.exceptions import default_exceptions

from apps import create_app

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CODES = sorted(code for code in default_exceptions if code >= 400)


def failing(settings: dict[str, object]) -> Flask:
    """Build the app with routes that fail, answering as it does in production."""
    app = create_app({**settings, "PROPAGATE_EXCEPTIONS": False})

    @app.route("/abort/<int:code>")
    def fail(code: int) -> str:
        abort(code)

    @app.route("/busy")
    def be_busy() -> str:
        abort(429, retry_after=30)

    @app.route("/crash")
    def crash() -> str:
        raise RuntimeError("the inner workings")

    @app.route("/script")
    def script() -> str:
        abort(400, "<script>alert(1)</script>")

    @app.post("/upload")
    def upload() -> str:
        return str(len(request.get_data()))

    return app


@pytest.fixture(scope="module")
def make_app(unguarded: Callable[[Flask], Flask]) -> Callable[..., Flask]:
    """Build the app with routes that fail, open to all."""
    return lambda settings: unguarded(failing(settings))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/csv"])
def test_a_program_gets_problem_json(
    client: FlaskClient, code: int, accept: str | None
) -> None:
    headers = {"Accept": accept} if accept else {}
    answer = client.get(f"/abort/{code}", headers=headers)
    assert answer.status_code == code
    assert answer.content_type == "application/problem+json"
    problem = answer.json
    assert set(problem) == {"type", "title", "status", "detail", "instance"}
    assert problem["type"] == "about:blank"
    assert problem["status"] == code
    assert problem["title"] == default_exceptions[code]().name
    assert problem["instance"] == f"/abort/{code}"
    assert problem["detail"]


@pytest.mark.parametrize("code", CODES)
def test_a_browser_gets_a_page(client: FlaskClient, code: int) -> None:
    answer = client.get(f"/abort/{code}", headers={"Accept": BROWSER})
    assert answer.status_code == code
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.text.startswith("<!doctype html>")
    assert re.search(rf"<h1>(<[^>]*>)?{code}\b", answer.text)


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_both_forms_say_that_they_depend_on_accept(
    client: FlaskClient, accept: str
) -> None:
    answer = client.get("/nowhere", headers={"Accept": accept})
    assert answer.status_code == 404
    assert "Accept" in answer.vary


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_a_wrong_method_names_the_right_ones(client: FlaskClient, accept: str) -> None:
    answer = client.delete("/health", headers={"Accept": accept})
    assert answer.status_code == 405
    assert set(answer.allow) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_too_many_requests_says_when_to_return(
    client: FlaskClient, accept: str
) -> None:
    answer = client.get("/busy", headers={"Accept": accept})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"


def test_a_body_over_the_limit_is_413(app: Flask, client: FlaskClient) -> None:
    limit = app.config["MAX_CONTENT_LENGTH"]
    sent = {"path": "/upload", "content_type": "application/json"}
    assert client.post(**sent, data=b"x" * limit).status_code == 200
    answer = client.post(**sent, data=b"x" * (limit + 1))
    assert answer.status_code == 413
    assert answer.json["status"] == 413


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_a_crash_is_logged_and_tells_nothing(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, accept: str
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/crash", headers={"Accept": accept})
    assert answer.status_code == 500
    assert "inner workings" not in answer.text
    assert "RuntimeError" not in answer.text
    assert "the inner workings" in caplog.text


def test_the_page_shows_markup_as_text(client: FlaskClient) -> None:
    answer = client.get("/script", headers={"Accept": BROWSER})
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_missing_slash_still_leads_to_the_list(client: FlaskClient) -> None:
    answer = client.get("/chapter")
    assert answer.status_code == 308
    assert answer.location.endswith("/chapter/")
