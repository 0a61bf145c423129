"""Redis is away, full, hangs or speaks nonsense: pages are read, writes say later."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import ResponseError
from werkzeug.test import TestResponse

from apps import create_app
from apps.store import database
from apps.store import redis as redis_store

Press = Callable[..., TestResponse]
NOT_SHOWN = "What has been read can't be shown at the moment."
NOT_KEPT = "What you've read can't be kept at the moment."


def refused(answer: TestResponse) -> bool:
    """Tell whether an answer says that this can't be stored for now."""
    return answer.status_code == 503 and answer.headers["Retry-After"] == "5"


def all_goes_well(client: FlaskClient, press: Press) -> bool:
    """Tell whether the app does everything, and says that it can."""
    page = client.get("/").text
    health = client.get("/health").json, client.get("/health/ready").json
    return (
        NOT_SHOWN not in page
        and health == ({"status": "ok"}, {"status": "ready"})
        and press(client, "one/").status_code == 303
    )


def pages_are_read(client: FlaskClient) -> bool:
    """Tell whether pages are shown, and say what is missing."""
    contents, part = client.get("/"), client.get("/chapter/one")
    return (
        (contents.status_code, part.status_code) == (200, 200)
        and NOT_SHOWN in contents.text
        and NOT_KEPT in part.text
        and "Text one." in part.text
    )


def test_a_redis_that_stops_and_starts_again(
    both_redis: str,
    ada: FlaskClient,
    press: Press,
    redis_server: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert all_goes_well(ada, press)
    redis_server.tell("stop")
    try:
        assert pages_are_read(ada)
        answer = press(ada, "two/")
        assert refused(answer)
        assert "This can&#39;t be kept at the moment." in answer.text
        assert "ada</a>" in answer.text  # who is still logged in
        health = ada.get("/health")
        assert (health.status_code, health.json["away"]) == (200, "redis")
        ready = ada.get("/health/ready")
        assert refused(ready)
        assert "Away: redis." in ready.text
    finally:
        redis_server.tell("start")
    assert "no progress on a page, Redis is away" in caplog.text
    assert "no count of a view, Redis is away" in caplog.text
    assert "Redis can't be used: " in caplog.text
    assert all_goes_well(ada, press)


def test_an_account_stays_while_its_progress_can_not_go(
    ada: FlaskClient, press: Press, redis_server: Any
) -> None:
    page = ada.get("/account").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "delete_password": "correct horse battery"}
    redis_server.tell("stop")
    try:
        assert refused(ada.post("/account", data=form))
    finally:
        redis_server.tell("start")
    assert ada.get("/user/me", headers={"Accept": "*/*"}).json["name"] == "ada"
    assert ada.post("/account", data=form).status_code == 303


@contextlib.contextmanager
def serve(answer: bytes | None) -> Iterator[str]:
    """Listen as a Redis that says only this, or nothing; give its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
                while answer:
                    connection, _ = listener.accept()
                    stack.enter_context(connection)
                    connection.sendall(answer)

        thread = threading.Thread(target=speak)
        thread.start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    "answer", [None, b"HTTP/1.1 400 Bad Request\r\n\r\n", b"-LOADING it is read\r\n"]
)
def test_a_redis_that_hangs_or_speaks_nonsense_is_away(
    settings: dict[str, object],
    make_stranger: Callable[[Flask], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes | None,
) -> None:
    monkeypatch.setattr(redis_store, "TIMEOUT_SECONDS", 0.05)
    with serve(answer) as url:
        client = make_stranger(create_app(settings | {"REDIS_URL": url}))
        assert NOT_SHOWN in client.get("/").text
        assert "Text one." in client.get("/chapter/one").text
        assert client.get("/health").json["away"] == "redis"
        assert refused(client.get("/health/ready"))


def test_a_page_waits_half_a_second_for_redis(app: Flask) -> None:
    with app.app_context():
        asked = redis_store.client().connection_pool.connection_kwargs
    assert asked["socket_timeout"] == asked["socket_connect_timeout"] == 0.5
    assert asked["retry"].get_retries() == 1


def test_a_full_redis_is_read_and_not_written(
    both_redis: str, ada: FlaskClient, press: Press, redis: Redis
) -> None:
    press(ada, "one/")
    redis.config_set("maxmemory", "1")
    try:
        page = ada.get("/").text
        assert "1 of 1 read" in page
        assert refused(press(ada, "two/"))
        assert "Text one." in ada.get("/chapter/one").text
    finally:
        redis.config_set("maxmemory", "0")
    assert press(ada, "two/").status_code == 303


@pytest.mark.parametrize("error", ["MISCONF no disk", "ERR no such thing"])
def test_a_disk_that_is_full_is_an_outage_and_nonsense_is_not(error: str) -> None:
    assert redis_store.is_outage(ResponseError(error)) is error.startswith("MISCONF")


def test_a_fault_of_ours_is_no_outage(
    settings: dict[str, object],
    make_stranger: Callable[[Flask], FlaskClient],
    redis: Redis,
) -> None:
    redis.set("views", "no sorted set")
    app = create_app(settings | {"PROPAGATE_EXCEPTIONS": False})

    @app.get("/nonsense")
    def nonsense() -> str:
        return str(redis_store.client().zrange("views", 0, 1))

    app.view_functions["nonsense"].is_public = True  # type: ignore[attr-defined]
    client = make_stranger(app)
    assert client.get("/").status_code == 500
    assert client.get("/nonsense").status_code == 500


def test_health_names_the_database_too(
    own_app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OSError("no database")

    assert client.get("/health/ready").json == {"status": "ready"}
    with own_app.app_context():
        database.ping()
        database.db.engine.dispose()
        monkeypatch.setattr(database.db.engine.pool, "connect", refuse)
    answer = client.get("/health")
    assert (answer.status_code, answer.json["away"]) == (200, "database")
    answer = client.get("/health/ready")
    assert refused(answer)
    assert "database" in answer.json["detail"]
