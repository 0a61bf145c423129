"""CORS: pages of other sites use the API with a token, if their site is listed."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import create_app
from apps.settings.configuration import ConfigurationError
from apps.user.models import User

LISTED, OTHER = "https://app.example.org", "https://app.example.org.evil.example"
ORIGINS = f"{LISTED}, http://localhost:3000"
ALLOW = "Access-Control-Allow-Origin"


@pytest.fixture
def app(settings: dict[str, object]) -> Flask:
    """An app whose API pages of two other sites may use."""
    return create_app(settings | {"API_ORIGINS": ORIGINS})


def preflight(
    client: FlaskClient,
    path: str = "/api/v1/me",
    origin: str = LISTED,
    method: str = "GET",
    sent: str = "authorization",
) -> TestResponse:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": sent,
    }
    return client.open(path, method="OPTIONS", headers=asked)


@pytest.mark.parametrize("origin", [LISTED, "http://localhost:3000"])
def test_a_browser_may_ask_first_without_a_token(
    client: FlaskClient, origin: str
) -> None:
    sent = "authorization, content-type, if-match, if-none-match, idempotency-key"
    answer = preflight(client, origin=origin, method="PUT", sent=sent)
    assert answer.status_code == 200
    assert answer.headers[ALLOW] == origin
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert sorted(allowed) == sorted(sent.split(", "))
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Origin" in answer.vary
    assert answer.data == b""


def test_no_other_header_is_allowed(client: FlaskClient) -> None:
    answer = preflight(client, sent="x-other, authorization")
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization"


@pytest.mark.parametrize(
    "origin", [OTHER, "null", "http://app.example.org", f"{LISTED}:8443", "x"]
)
def test_a_site_that_is_not_listed_is_told_nothing(
    client: FlaskClient, origin: str
) -> None:
    for answer in (
        preflight(client, origin=origin),
        client.get("/api/v1/chapters", headers={"Origin": origin}),
    ):
        assert not [name for name, _ in answer.headers if "Access-Control" in name]
        assert "Origin" in answer.vary


def test_a_listed_page_reads_the_answer_and_its_headers(ada: FlaskClient) -> None:
    answer = ada.get("/api/v1/me", headers={"Origin": LISTED})
    assert answer.json["name"] == "ada"
    assert answer.headers[ALLOW] == LISTED
    readable = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Link", "Location", "Retry-After", "RateLimit"} <= {*readable}
    assert "Origin" in answer.vary


@pytest.mark.parametrize(
    ("path", "status"), [("/api/v1/me", 401), ("/api/v1/none", 404)]
)
def test_a_listed_page_reads_errors_too(
    client: FlaskClient, path: str, status: int
) -> None:
    answer = client.get(path, headers={"Origin": LISTED})
    assert (answer.status_code, answer.headers[ALLOW]) == (status, LISTED)


def test_no_answer_allows_cookies(
    app: Flask, make_user: Callable[..., User], log_in: Callable[[str], FlaskClient]
) -> None:
    make_user("bob")
    bob = log_in("bob")
    for answer in (
        preflight(bob),
        bob.get("/api/v1/me", headers={"Origin": LISTED}),
    ):
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_listed_page_changes_nothing_with_a_cookie_but_with_a_token(
    ada: FlaskClient,
    make_user: Callable[..., User],
    log_in: Callable[[str], FlaskClient],
) -> None:
    make_user("bob")
    bob = log_in("bob")
    asked = {"Origin": LISTED, "Sec-Fetch-Site": "cross-site"}
    path = "/user/password"
    assert bob.post(path, json={}, headers=asked).status_code == 403
    assert ada.post(path, json={}, headers=asked).status_code == 422


def test_pages_are_for_our_own_site_alone(client: FlaskClient) -> None:
    for path in ("/", "/health", "/user/me", "/apivaguely"):
        answer = client.get(path, headers={"Origin": LISTED})
        assert ALLOW not in answer.headers
        assert "Origin" not in answer.vary
        assert ALLOW not in preflight(client, path).headers
    assert preflight(client, "/user/me").status_code == 401
    assert preflight(client, "/api/v1/none").status_code == 404


def test_an_options_that_is_no_preflight_is_closed(client: FlaskClient) -> None:
    assert client.options("/api/v1/me").status_code == 401


def test_a_view_that_takes_options_itself_does_not_run_for_a_preflight(
    app: Flask,
) -> None:
    ran: list[int] = []
    app.add_url_rule(
        "/api/own", "own", lambda: str(ran.append(1)), methods=["OPTIONS", "GET"]
    )
    assert preflight(app.test_client(), "/api/own").status_code == 200
    assert ran == []


def test_without_origins_the_api_is_for_programs_alone(
    settings: dict[str, object],
) -> None:
    client = create_app(settings).test_client()
    assert preflight(client).status_code == 401
    answer = client.get("/api/v1/chapters", headers={"Origin": LISTED})
    assert ALLOW not in answer.headers


@pytest.mark.parametrize(
    "wrong",
    [
        "*",
        "https://*.example.org",
        "https://app.example.org/",
        "https://app.example.org/path",
        "https://app.example.org:443",
        "http://localhost:80",
        "http://localhost:0",
        "http://localhost:99999",
        "https://App.example.org",
        "https://ada@app.example.org",
        "https://app.example.org, *",
        "https://app.example.org.",
        "http://[::1]:3000",
        "ftp://app.example.org",
        "app.example.org",
        "https://",
        "null",
    ],
)
def test_what_no_browser_sends_is_refused_at_the_start(
    settings: dict[str, object], wrong: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"API_ORIGINS \(from create_app\)"):
        create_app(settings | {"API_ORIGINS": wrong})
