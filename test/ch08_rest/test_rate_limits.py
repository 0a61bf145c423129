"""Rate limits of the API: for a user, and for the address of a stranger."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.connection import AbstractConnection

from apps import create_app
from apps.store import limiter
from apps.user.models import User

NOW = 1_764_547_200 + 10  # ten seconds after a full minute
LIMITS = {"API_LIMIT_BY_USER": "5 per minute", "API_LIMIT_BY_ADDRESS": "3 per minute"}
PATH = "/api/v1/chapters"


@pytest.fixture
def app(settings: dict[str, object]) -> Flask:
    """An app whose API takes three requests from a stranger, and five from a user."""
    return create_app(settings | LIMITS)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which stands still."""
    now = [float(NOW)]
    monkeypatch.setattr(limiter.time, "time", lambda: now[0])
    return now


def statuses(client: FlaskClient, many: int, **how: Any) -> list[int]:
    return [client.get(PATH, **how).status_code for _ in range(many)]


def at(address: str) -> dict[str, Any]:
    return {"environ_base": {"REMOTE_ADDR": address}}


@pytest.mark.usefixtures("clock")
def test_the_headers_say_what_is_left(client: FlaskClient) -> None:
    left = [client.get(PATH).headers for _ in range(3)]
    assert [headers["RateLimit"] for headers in left] == [
        '"address";r=2;t=50',
        '"address";r=1;t=50',
        '"address";r=0;t=50',
    ]
    assert {headers["RateLimit-Policy"] for headers in left} == {'"address";q=3;w=60'}


@pytest.mark.usefixtures("clock")
def test_one_too_many_is_a_problem_that_says_when_to_come_again(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    statuses(client, 3)
    with caplog.at_level(logging.WARNING):
        answers = [client.get(PATH) for _ in range(3)]
    for answer in answers:
        assert (answer.status_code, answer.mimetype) == (
            429,
            "application/problem+json",
        )
        assert answer.json["status"] == 429
        assert "3 per 1 minute" in answer.json["detail"]
        assert answer.headers["Retry-After"] == "50"
        assert answer.headers["RateLimit"] == '"address";r=0;t=50'
    told = [line for line in caplog.messages if "sent more" in line]
    assert told == ["address-127.0.0.1 sent more than 3 per 1 minute"]


def test_the_next_window_is_empty(client: FlaskClient, clock: list[float]) -> None:
    assert statuses(client, 4)[-1] == 429
    clock[0] += 49.5
    answer = client.get(PATH)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    clock[0] += 0.5
    answer = client.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["RateLimit"] == '"address";r=2;t=60'


@pytest.mark.usefixtures("clock")
def test_a_user_has_a_count_of_the_own_wherever_it_asks_from(
    api: Callable[..., FlaskClient], make_user: Callable[..., User]
) -> None:
    ada, bob = api(make_user("ada")), api(make_user("bob"))
    assert statuses(api(), 4)[-1] == 429
    first = ada.get("/api/v1/me")
    assert first.headers["RateLimit-Policy"] == '"user";q=5;w=60'
    assert first.headers["RateLimit"] == '"user";r=4;t=50'
    assert statuses(ada, 5, **at("10.0.0.9"))[-1] == 429
    assert statuses(bob, 1) == [200]


@pytest.mark.usefixtures("clock")
def test_a_session_and_a_token_of_a_user_count_together(
    api: Callable[..., FlaskClient],
    make_user: Callable[..., User],
    log_in: Callable[[str], FlaskClient],
) -> None:
    ada = make_user("ada")
    statuses(log_in("ada"), 3)
    assert api(ada).get(PATH).headers["RateLimit"].startswith('"user";r=1;')


@pytest.mark.usefixtures("clock")
def test_an_ipv6_network_counts_as_one_address(client: FlaskClient) -> None:
    for last in ("1", "2", "a:1:2"):
        address = f"2001:db8:1:2::{last}"
        assert statuses(client, 1, **at(address)) == [200]
    assert statuses(client, 1, **at("2001:db8:1:2::9")) == [429]
    assert statuses(client, 1, **at("2001:db8:1:3::9")) == [200]


@pytest.mark.usefixtures("clock")
def test_whatever_comes_of_it_a_request_is_counted(client: FlaskClient) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    assert client.get("/api/v1/me", headers=wrong).status_code == 401
    assert client.get("/api/v1/none").status_code == 404
    assert client.delete(PATH, json={}).status_code == 405
    for path in ("/api/v1/me", "/api/v1/none"):
        assert client.get(path, headers=wrong).status_code == 429


@pytest.mark.usefixtures("clock")
def test_pages_and_health_are_not_counted(client: FlaskClient) -> None:
    statuses(client, 4)
    for path in ("/", "/health", "/health/ready", "/search?q=text"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "RateLimit" not in answer.headers


@pytest.mark.usefixtures("clock")
def test_a_preflight_is_not_counted(settings: dict[str, object]) -> None:
    origin = "https://app.example.org"
    client = create_app(settings | LIMITS | {"API_ORIGINS": origin}).test_client()
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    for _ in range(4):
        assert client.options(PATH, headers=asked).status_code == 200
    answer = client.get(PATH, headers={"Origin": origin})
    assert answer.headers["RateLimit"] == '"address";r=2;t=50'
    assert statuses(client, 3)[-1] == 429
    refused = client.get(PATH, headers={"Origin": origin})
    assert refused.headers["Access-Control-Allow-Origin"] == origin


def test_a_request_costs_one_round_trip_to_redis(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(PATH)
    sent: list[Any] = []
    send = AbstractConnection.send_packed_command

    def note(self: AbstractConnection, *packed: Any, **how: Any) -> None:
        sent.append(packed)
        send(self, *packed, **how)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", note)
    assert client.get(PATH).status_code == 200
    assert len(sent) == 1


@pytest.mark.usefixtures("clock")
def test_while_redis_is_away_the_process_counts_alone(
    settings: dict[str, object],
) -> None:
    away = {"REDIS_URL": "unix:///nowhere/redis.sock"}
    client = create_app(settings | LIMITS | away).test_client()
    assert statuses(client, 4) == [200, 200, 200, 429]


@pytest.mark.parametrize("name", ["API_LIMIT_BY_USER", "API_LIMIT_BY_ADDRESS"])
def test_a_limit_that_is_none_is_refused(
    settings: dict[str, object], name: str
) -> None:
    with pytest.raises(Exception, match=rf"{name} \(from create_app\) is 'often'"):
        create_app(settings | {name: "often"})


def test_each_operation_says_so_in_the_document(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) > 5
    for operation in operations:
        responses = operation["responses"]
        assert "application/problem+json" in responses["429"]["content"]
        good = [body for status, body in responses.items() if status < "3"]
        assert all("RateLimit" in body["headers"] for body in good)
