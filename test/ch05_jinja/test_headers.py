"""What a browser is told about our answers: every one, of every kind."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, Response, session
from flask.testing import FlaskClient

from apps import create_app

REQUIRED = [
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
]
ANSWERS = [
    ("/", "text/html", 200),
    ("/", "application/json", 200),
    ("/chapter/one", "text/html", 200),
    ("/search?q=text", "text/html", 200),
    ("/health", "*/*", 200),
    ("/nowhere", "text/html", 404),
    ("/nowhere", "*/*", 404),
    ("/static/book.css", "*/*", 200),
    ("/static/none", "text/html", 404),
]


def policy_of(answer: Response) -> list[str]:
    return answer.headers["Content-Security-Policy"].split("; ")


@pytest.mark.parametrize(("path", "accept", "status"), ANSWERS)
def test_every_answer_has_them(
    client: FlaskClient, path: str, accept: str, status: int
) -> None:
    answer = client.get(path, headers={"Accept": accept}, buffered=True)
    assert answer.status_code == status
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers.getlist("Referrer-Policy") == ["same-origin"]
    assert answer.headers.getlist("Cross-Origin-Opener-Policy") == ["same-origin"]
    assert answer.headers.getlist("Cross-Origin-Resource-Policy") == ["same-origin"]
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert set(REQUIRED) <= set(policy_of(answer))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("method", ["POST", "BREW", "OPTIONS", "HEAD"])
def test_whatever_the_method(client: FlaskClient, method: str) -> None:
    answer = client.open("/chapter/one", method=method)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_runs_our_own_scripts_alone(client: FlaskClient) -> None:
    policy = policy_of(client.get("/", headers={"Accept": "text/html"}))
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "sandbox" not in policy


def test_what_is_no_page_runs_nothing(own_app: Flask, client: FlaskClient) -> None:
    @own_app.get("/drawing")
    def drawing() -> Response:
        return Response("<svg/>", mimetype="image/svg+xml")

    own_app.view_functions["drawing"].is_public = True
    policy = policy_of(client.get("/drawing"))
    assert "sandbox" in policy
    assert not any(rule.startswith("script-src") for rule in policy)
    assert "sandbox" in policy_of(client.get("/health"))


def test_pages_have_no_inline_script_or_style(client: FlaskClient) -> None:
    for path in ("/", "/chapter/one", "/search?q=text", "/nowhere"):
        text = client.get(path, headers={"Accept": "text/html"}).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert "<script>" not in text
        assert "javascript:" not in text


def test_a_view_may_say_something_else(own_app: Flask, client: FlaskClient) -> None:
    @own_app.get("/own")
    def own() -> Response:
        answer = Response("own")
        answer.headers["content-security-policy"] = "default-src 'self'"
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    own_app.view_functions["own"].is_public = True
    answer = client.get("/own")
    assert answer.headers.getlist("Content-Security-Policy") == ["default-src 'self'"]
    assert answer.headers.getlist("Referrer-Policy") == ["no-referrer"]


def test_https_is_kept_to_only_where_it_is(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/health").headers
    answer = client.get("/health", base_url="https://localhost")
    header = answer.headers["Strict-Transport-Security"]
    assert header == "max-age=31536000; includeSubDomains"


def test_what_a_view_says_of_https_is_all_that_is_said(
    own_app: Flask, client: FlaskClient
) -> None:
    @own_app.get("/own")
    def own() -> Response:
        return Response("own", headers={"strict-transport-security": "max-age=60"})

    own_app.view_functions["own"].is_public = True
    answer = client.get("/own", base_url="https://localhost")
    assert answer.headers.getlist("Strict-Transport-Security") == ["max-age=60"]


def test_https_in_front_of_us_counts(settings: dict[str, object]) -> None:
    app = create_app(settings | {"PUBLIC_URL": "https://example.org"})
    answer = app.test_client().get("/health", base_url="http://example.org")
    assert "Strict-Transport-Security" in answer.headers


def test_an_answer_of_a_fault_has_them(
    settings: dict[str, object], chapters: Path
) -> None:
    app = create_app(settings | {"PROPAGATE_EXCEPTIONS": False})

    @app.get("/fault")
    def fault() -> str:
        raise RuntimeError("a fault")

    app.view_functions["fault"].is_public = True
    answer = app.test_client().get("/fault", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert set(REQUIRED) <= set(policy_of(answer))


@pytest.mark.parametrize(
    ("headers", "stored"),
    [({}, True), ({"Authorization": "Bearer x"}, False)],
)
def test_what_authorization_gave_is_not_stored(
    client: FlaskClient, headers: dict[str, str], stored: bool
) -> None:
    answer = client.get("/health", headers=headers)
    assert ("no-store" not in answer.headers.get("Cache-Control", "")) == stored


def test_what_a_cookie_gave_is_not_stored(own_app: Flask, client: FlaskClient) -> None:
    @own_app.get("/visits")
    def visits() -> str:
        return str(session.get("visits", 0))

    @own_app.get("/visit")
    def visit() -> str:
        session["visits"] = 1
        return ""

    for name in ("visit", "visits"):
        own_app.view_functions[name].is_public = True
    assert "Cache-Control" not in client.get("/visits").headers  # nobody's
    assert client.get("/visit").headers["Cache-Control"] == "no-store"
    assert client.get("/visits").headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client.get("/health").headers  # it read no cookie


@pytest.mark.parametrize("path", ["/register", "/login", "/account"])
def test_a_page_with_a_form_is_not_stored(
    make_user: Callable[[str], object], log_in: Callable[[str], FlaskClient], path: str
) -> None:
    make_user("ada")
    answer = log_in("ada").get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_a_reader_gets_as_json_is_not_stored(
    make_user: Callable[[str], object], log_in: Callable[[str], FlaskClient]
) -> None:
    make_user("ada")
    client = log_in("ada")
    answers = [
        (client.get("/user/me"), 200),
        (client.post("/user/password", json={}), 422),
        (client.post("/user/logout", json={}), 204),
    ]
    for answer, status in answers:
        assert answer.status_code == status
        assert answer.headers["Cache-Control"] == "no-store"
