"""A POST that is sent again with its Idempotency-Key is done once."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from apps.api import answers
from apps.note import backend, domain
from apps.store.database import db
from apps.user.models import User
from apps.user.signals import user_deleted

NOTES = "/api/v1/notes"
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
BODY = {"part": "one/", "body": "Why?"}
ASK = """
import json, sys
from apps import create_app
from apps.note import domain
told, headers, body = (json.loads(text) for text in sys.argv[1:4])
app = create_app(told)
client, write = app.test_client(), domain.write
def slowly(*args, **kwargs):
    print("writing", flush=True)
    sys.stdin.readline()
    return write(*args, **kwargs)
if sys.argv[4] == "slowly":
    domain.write = slowly
print("ready", flush=True)
sys.stdin.readline()
answer = client.post("/api/v1/notes", json=body, headers=headers)
print(answer.status_code, answer.headers.get("Location"), flush=True)
"""


@pytest.fixture
def redis(redis_url: str) -> Any:
    """A client of the tests' own."""
    with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


def post(client: FlaskClient, key: str | None = KEY, **changed: Any) -> TestResponse:
    """Write a note, with a key."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(NOTES, json=BODY | changed, headers=headers)


def written(client: FlaskClient) -> int:
    """Count the notes of whoever has the client."""
    return len(client.get(NOTES).json["items"])


def test_what_is_sent_twice_is_done_once(both_redis: str, ada: FlaskClient) -> None:
    first, second = post(ada), post(ada)
    assert first.status_code == second.status_code == 201
    assert first.json == second.json
    assert first.headers["Location"] == second.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert written(ada) == 1


def test_without_a_key_each_request_counts(ada: FlaskClient, redis: Redis) -> None:
    assert [post(ada, None).status_code for _ in range(2)] == [201, 201]
    assert written(ada) == 2
    assert redis.keys("answer*") == []


def test_another_key_is_another_request(ada: FlaskClient) -> None:
    assert post(ada).headers["Location"] != post(ada, "another").headers["Location"]


def test_a_key_stands_for_one_request(ada: FlaskClient) -> None:
    first = post(ada)
    for answer in (
        post(ada, body="Because."),
        ada.post(f"{NOTES}?only=id", json=BODY, headers={"Idempotency-Key": KEY}),
    ):
        assert (answer.status_code, answer.mimetype) == (
            422,
            "application/problem+json",
        )
    assert post(ada).json == first.json
    assert written(ada) == 1


def test_nobody_gets_what_somebody_else_was_answered(
    ada: FlaskClient, api: Callable[..., FlaskClient], make_user: Callable[..., User]
) -> None:
    bob = api(make_user("bob"))
    mine, his = post(ada), post(bob)
    assert his.status_code == 201
    assert his.json["id"] != mine.json["id"]
    assert post(bob, body="Another.").status_code == 422
    assert api().post(NOTES, json=BODY).status_code == 401


@pytest.mark.parametrize(("length", "status"), [(0, 400), (255, 201), (256, 400)])
def test_a_key_has_a_length(ada: FlaskClient, length: int, status: int) -> None:
    answer = post(ada, "k" * length)
    assert answer.status_code == status
    assert written(ada) == (status == 201)


def test_neither_redis_nor_a_log_learns_the_key(
    ada: FlaskClient, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for body in ("Why?", "Why?", "Because."):
        post(ada, body=body)
    post(ada, f"{KEY}{'k' * 255}")
    stored = [f"{key} {redis.get(key)}" for key in redis.scan_iter("answer:*")]
    assert len(stored) == 1
    assert KEY not in stored[0]
    assert KEY not in caplog.text


def test_what_was_refused_may_be_sent_again(ada: FlaskClient) -> None:
    assert post(ada, part="none/").status_code == 422
    assert post(ada).status_code == 201


def test_what_failed_may_be_sent_again(
    own_app: Flask, api: Callable[..., FlaskClient], make_user: Callable[..., User]
) -> None:
    own_app.config["PROPAGATE_EXCEPTIONS"] = False
    ada = api(make_user("ada"))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(domain, "write", None)
        assert post(ada).status_code == 500
    assert post(ada).status_code == 201
    assert written(ada) == 1


def test_while_the_first_request_runs_the_second_waits(
    both_redis: str,
    api: Callable[..., FlaskClient],
    make_user: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = make_user("ada")
    begun, go_on, write = threading.Event(), threading.Event(), domain.write
    found: list[TestResponse] = []

    def slowly(*args: Any, **kwargs: Any) -> Any:
        begun.set()
        assert go_on.wait(60)
        return write(*args, **kwargs)

    monkeypatch.setattr(domain, "write", slowly)
    client, other = api(user), api(user)
    first = threading.Thread(target=lambda: found.append(post(client)))
    first.start()
    assert begun.wait(60)
    try:
        second = post(other)
        assert (second.status_code, second.headers["Retry-After"]) == (409, "2")
        assert second.mimetype == "application/problem+json"
        assert post(other, body="Because.").status_code == 422
    finally:
        go_on.set()
        first.join()
    assert found[0].status_code == 201
    assert post(other).json == found[0].json
    assert written(other) == 1


@pytest.fixture
def process(
    root: Path,
    settings: dict[str, object],
    api: Callable[..., FlaskClient],
    make_user: Callable[..., User],
) -> Callable[[str], "subprocess.Popen[str]"]:
    """Start a process that asks as ada, as soon as it's told."""
    authorization = api(make_user("ada")).environ_base["HTTP_AUTHORIZATION"]
    headers = {"Authorization": authorization, "Idempotency-Key": KEY}

    def start(how: str) -> "subprocess.Popen[str]":
        told = [json.dumps(one, default=str) for one in (settings, headers, BODY)]
        return subprocess.Popen(
            [sys.executable, "-c", ASK, *told, how],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    return start


def tell(process: "subprocess.Popen[str]") -> None:
    """Let a process go on."""
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def heard(process: "subprocess.Popen[str]") -> str:
    """Wait for a process's next line."""
    assert process.stdout
    return process.stdout.readline().strip()


@pytest.mark.real_parts
def test_of_processes_that_ask_at_the_same_time_one_writes(
    both_redis: str,
    own_app: Flask,
    process: Callable[[str], "subprocess.Popen[str]"],
) -> None:
    asking = [process("at once") for _ in range(2)]
    assert [heard(one) for one in asking] == ["ready"] * 2
    for one in asking:
        tell(one)
    said = {heard(one) for one in asking}
    for one in asking:
        one.communicate()
    with own_app.app_context():
        user = db.session.query(User).one()
        (note,) = backend.by_author(user.id, 10)
    assert said - {"409 None"} == {f"201 {NOTES}/{note.id}"}


@pytest.mark.real_parts
def test_a_process_that_is_killed_blocks_its_key_for_a_minute(
    both_redis: str,
    own_app: Flask,
    process: Callable[[str], "subprocess.Popen[str]"],
    redis: Redis,
) -> None:
    killed, again = process("slowly"), process("at once")
    assert heard(killed) == "ready"
    tell(killed)
    assert heard(killed) == "writing"
    killed.kill()
    killed.communicate()
    (key,) = redis.keys("answer:*")
    assert 0 < redis.ttl(key) <= answers.RUN_SECONDS <= 60
    redis.delete(key)  # as time does
    assert heard(again) == "ready"
    tell(again)
    assert heard(again).startswith("201")
    again.communicate()
    assert answers.RUN_SECONDS < redis.ttl(key) <= answers.KEEP_SECONDS
    with own_app.app_context():
        assert backend.count(db.session.query(User).one().id) == 1


def test_while_redis_is_away_nothing_is_done_twice_unseen(
    both_redis: str,
    log_in: Callable[[str], FlaskClient],
    make_user: Callable[..., User],
    redis_server: Any,
) -> None:
    make_user("ada")
    ada = log_in("ada")  # a session: a token couldn't be looked up
    redis_server.tell("stop")
    try:
        answer = post(ada)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    finally:
        redis_server.tell("start")
    assert written(ada) == 0
    assert post(ada).status_code == 201


def test_who_was_answered_is_answered_though_redis_fails_meanwhile(
    log_in: Callable[[str], FlaskClient],
    make_user: Callable[..., User],
    redis_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_user("ada")
    ada, write = log_in("ada"), domain.write

    def write_and_stop(*args: Any, **kwargs: Any) -> Any:
        redis_server.tell("stop")
        return write(*args, **kwargs)

    monkeypatch.setattr(domain, "write", write_and_stop)
    try:
        assert post(ada).status_code == 201
    finally:
        redis_server.tell("start")


def test_a_request_that_took_too_long_keeps_nothing_of_another(
    app: Flask, redis: Redis
) -> None:
    with app.app_context():
        slow, found = answers.claim(17, "digest", "one")
        assert found == {}
        redis.delete(slow.key)  # its time is over
        answers.claim(17, "digest", "one")
        other = redis.get(slow.key)
        answers.keep(slow, "one", ["late", 201, {}])
        answers.release(slow)
        assert redis.get(slow.key) == other


def test_what_is_kept_has_an_end(app: Flask, redis: Redis) -> None:
    with app.app_context():
        for number in range(answers.MOST_KEPT + 5):
            claimed, _ = answers.claim(17, f"digest-{number}", "one")
            answers.keep(claimed, "one", [number, 201, {}])
        assert answers.claim(17, "digest-104", "one")[1]["answer"] == [104, 201, {}]
        assert redis.zcard("answers:17") == answers.MOST_KEPT
        assert len(redis.keys("answer:17:*")) == answers.MOST_KEPT
        assert not redis.exists("answer:17:digest-4")
        assert redis.exists("answer:17:digest-5")
    assert all(redis.ttl(key) > 0 for key in redis.keys("answer*"))


def test_of_a_deleted_user_nothing_is_kept(
    both_redis: str, app: Flask, ada: FlaskClient, redis: Redis
) -> None:
    post(ada)
    assert len(redis.keys("answer*")) == 2
    with app.app_context():
        user = db.session.query(User).one()
        running, _ = answers.claim(user.id, "digest", "one")
        user_deleted.send(user)
        answers.keep(running, "one", ["late", 201, {}])
    assert redis.keys("answer*") == []


def test_the_document_tells_of_the_key(app: Flask) -> None:
    from apps.api.openapi import describe

    with app.test_request_context():
        post = describe("v1")["paths"]["/notes"]["post"]
    assert "Idempotency-Key" in [one["name"] for one in post["parameters"]]
    assert {"409", "422"} <= post["responses"].keys()
