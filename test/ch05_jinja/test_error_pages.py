"""Errors as pages: in the reading room's own layout, and plain where that fails."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException, default_exceptions

from apps import create_app
from apps.web.error_pages import ADVICE

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def failing(settings: dict[str, object]) -> Flask:
    """Build an app that answers with the error that it is asked for."""
    made = create_app(settings | {"PROPAGATE_EXCEPTIONS": False})

    @made.get("/error/<int:status>")
    def error(status: int) -> str:
        abort(status)

    @made.get("/odd")
    def odd() -> str:
        error = HTTPException("An odd one.")
        error.code = 499
        raise error

    @made.get("/reason")
    def reason() -> str:
        abort(403, "<b>Only</b> authors may.")

    @made.get("/fault")
    def fault() -> str:
        raise RuntimeError("a secret of the server")

    for name in ("error", "odd", "reason", "fault"):
        made.view_functions[name].is_public = True  # type: ignore[attr-defined]
    return made


@pytest.fixture(scope="module")
def make_app() -> Callable[..., Flask]:
    """Build the app with routes that fail."""
    return failing


@pytest.mark.parametrize("status", sorted(default_exceptions))
def test_an_error_has_a_page_of_the_room(client: FlaskClient, status: int) -> None:
    answer = client.get(f"/error/{status}", headers=PAGE)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert '<main id="the_text">' in answer.text
    assert f">{status}<" in answer.text
    assert ADVICE[status].replace("'", "&#39;") in answer.text
    assert 'href="/chapter/"' in answer.text
    assert 'href="/search"' in answer.text
    words = default_exceptions[status].description or "no words of Werkzeug's"
    assert html.escape(words) not in answer.text


@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500])
@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_a_program_gets_the_same_json_as_ever(
    client: FlaskClient, status: int, accept: str
) -> None:
    answer = client.get(f"/error/{status}", headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "detail", "instance"}
    assert answer.json["status"] == status


def test_an_error_without_words_of_its_own_has_a_page(client: FlaskClient) -> None:
    answer = client.get("/odd", headers=PAGE)
    assert answer.status_code == 499
    assert '<main id="the_text">' in answer.text


def test_every_kind_of_page_has_a_description_of_its_own(client: FlaskClient) -> None:
    said = re.compile(r'<meta name="description" content="([^"]+)">')
    pages = ["/", "/chapter/one", "/search", "/login", "/register", "/nowhere"]
    texts = [said.findall(client.get(path, headers=PAGE).text) for path in pages]
    assert [len(one) for one in texts] == [1] * len(pages)
    assert len({one for (one,) in texts}) == len(pages)


def test_a_reason_is_shown_and_escaped(client: FlaskClient) -> None:
    text = client.get("/reason", headers=PAGE).text
    assert "&lt;b&gt;Only&lt;/b&gt; authors may." in text


def test_a_missing_chapter_is_named(client: FlaskClient) -> None:
    text = client.get("/chapter/nine", headers=PAGE).text
    assert "There is no chapter &#39;nine&#39;." in text


def test_a_fault_tells_its_number_not_its_cause(client: FlaskClient) -> None:
    answer = client.get("/fault", headers=PAGE | {"X-Request-ID": "request-7"})
    assert answer.status_code == 500
    assert "request-7" in answer.text
    assert "secret of the server" not in answer.text


def test_a_body_over_the_limit_has_a_page(settings: dict[str, object]) -> None:
    app = create_app(settings | {"MAX_CONTENT_LENGTH": 10})
    headers = PAGE | {"Content-Type": "application/json", "Sec-Fetch-Site": "none"}
    answer = app.test_client().post("/user/login", data=b"x" * 11, headers=headers)
    assert answer.status_code == 413
    assert '<main id="the_text">' in answer.text


@pytest.mark.parametrize("path", ["/nowhere", "/fault"])
def test_where_the_layout_fails_a_plain_page_is_left(
    own_app: Flask, client: FlaskClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    @own_app.context_processor
    def fails() -> dict[str, object]:
        raise RuntimeError("the database is gone")

    answer = client.get(path, headers=PAGE)
    assert answer.status_code == (404 if path == "/nowhere" else 500)
    assert answer.mimetype == "text/html"
    assert "<h1>" in answer.text
    assert "<main" not in answer.text
    assert "the database is gone" not in answer.text
    assert "the page of an error" in caplog.text


def test_the_texts_of_a_closed_room(client: FlaskClient, chapters: Path) -> None:
    chapters.rename(chapters.with_name("away"))
    answer = client.get("/", headers=PAGE)
    assert answer.status_code == 503
    assert "CHAPTERS_FOLDER" in answer.text
