"""Tokens in Redis: what is stored and for how long, at once or not at all, and kept."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_embedded import Embedded
from flask_migrate import downgrade, upgrade
from redis import Redis
from redis.exceptions import RedisError
from werkzeug.test import TestResponse

from apps import create_app
from apps.settings.configuration import ConfigurationError
from apps.store import redis as redis_store
from apps.store import upgrading
from apps.token import backend, domain, signing
from apps.token.domain import Pair
from apps.token.signing import TokenRefused
from apps.user import domain as users
from apps.user.models import User

PASSWORD = "correct horse battery"
AUTH = ("ada", PASSWORD)
REFRESH = "/user/token/refresh"
Travel = Callable[[timedelta], None]


@pytest.fixture
def reader(app: Flask) -> User:
    """An account whose name and id occur nowhere by chance."""
    with app.app_context():
        return users.register("ada", "ada@example.org", PASSWORD)


@pytest.fixture
def pair(app: Flask, reader: User) -> Pair:
    """What the reader gets for the password."""
    return issue(app)


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Travel:
    """Move our clock; that of Redis stays."""
    begun = datetime.now(UTC)

    def go(by: timedelta) -> None:
        monkeypatch.setattr("apps.clock.now", lambda: begun + by)

    return go


def issue(app: Flask) -> Pair:
    answer = app.test_client().post("/user/token", auth=AUTH)
    assert answer.status_code == 200, answer.text
    return Pair(answer.json["access_token"], answer.json["refresh_token"])


def me(app: Flask, pair: Pair) -> TestResponse:
    headers = {"Authorization": f"Bearer {pair.access_token}"}
    return app.test_client().get("/user/me", headers=headers)


def renew(app: Flask, pair: Pair) -> TestResponse:
    body = {"refresh_token": pair.refresh_token}
    return app.test_client().post(REFRESH, json=body)


def revoke(app: Flask, pair: Pair, refresh_token: str | None = None) -> TestResponse:
    headers = {"Authorization": f"Bearer {pair.access_token}"}
    body = {"refresh_token": refresh_token} if refresh_token else None
    return app.test_client().delete("/user/token", headers=headers, json=body)


def refused(answer: TestResponse) -> bool:
    """Tell whether the answer is: later."""
    return answer.status_code == 503 and answer.headers["Retry-After"] == "5"


def test_redis_has_no_token_and_everything_ends_by_itself(
    both_redis: str, app: Flask, pair: Pair, redis: Redis
) -> None:
    other = issue(app)
    revoke(app, pair, other.refresh_token)
    assert renew(app, pair).status_code == 200
    longest = {"family": 14, "families": 14, "refresh": 14, "revoked": 0}
    keys = [key for key in redis.keys("*") if key.partition(":")[0] in longest]
    assert len(keys) == 1 + 1 + 3 + 1
    for key in keys:
        kind, _, rest = key.partition(":")
        days = timedelta(days=longest[kind], hours=1, seconds=10)
        assert 14 * 60 < redis.ttl(key) <= days.total_seconds()
        assert pair.refresh_token not in f"{rest} {redis.type(key)}"
        if kind in ("family", "refresh"):
            assert pair.refresh_token not in str(redis.hgetall(key))


def test_the_set_of_families_lasts_as_long_as_the_longest(
    app: Flask, pair: Pair, redis: Redis, travel: Travel
) -> None:
    (key,) = redis.keys("families:*")
    for days in (13, 26, 39, 52, 65, 78):
        travel(timedelta(days=days))
        answer = renew(app, pair)
        pair = Pair(answer.json["access_token"], answer.json["refresh_token"])
    issue(app)
    longest = redis.ttl(key)
    travel(timedelta(days=85))  # five days before the first family's end
    assert renew(app, pair).status_code == 200
    assert redis.ttl(key) in (longest, longest - 1)


def test_a_deleted_user_leaves_no_family(
    both: str, both_redis: str, app: Flask, pair: Pair, reader: User, redis: Redis
) -> None:
    issue(app)
    with app.app_context():
        users.delete(reader)
    assert redis.keys("famil*") == []
    assert me(app, pair).status_code == 401
    assert renew(app, pair).status_code == 401


def test_a_changed_password_revokes_all_of_a_users_tokens_and_no_others(
    both_redis: str, app: Flask, pair: Pair, reader: User
) -> None:
    other = issue(app)
    with app.app_context():
        users.register("bob", "bob@example.org", PASSWORD)
        bobs = domain.issue(users.log_in("bob", PASSWORD))
        users.change_password(reader, PASSWORD, "staple after staple")
    for one in (pair, other):
        assert me(app, one).status_code == 401
        assert renew(app, one).status_code == 401
    assert me(app, bobs).json["name"] == "bob"


def test_of_many_refreshes_at_the_same_time_one_succeeds(
    both_redis: str, app: Flask, pair: Pair, redis: Redis
) -> None:
    together, answers = threading.Barrier(8), []

    def ask() -> None:
        together.wait()
        answers.append(renew(app, pair))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.status_code for one in answers) == [200] + [409] * 7
    assert len(redis.keys("refresh:*")) == 2


def test_a_family_that_is_revoked_meanwhile_gets_no_new_token(
    both_redis: str,
    app: Flask,
    pair: Pair,
    reader: User,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sign = signing.sign

    def revoke_and_sign(*args: Any) -> str:
        backend.revoke_families(reader.id)
        return sign(*args)

    monkeypatch.setattr(signing, "sign", revoke_and_sign)
    with app.app_context(), pytest.raises(TokenRefused):
        domain.refresh(pair.refresh_token)
    assert redis.keys("famil*") == []
    assert len(redis.keys("refresh:*")) == 1


def test_a_log_in_and_a_deletion_at_the_same_time_leave_no_family(
    both: str, app: Flask, reader: User, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, done = domain.lock, []

    def locked(user: User) -> bool:
        result = lock(user)
        thread = threading.Thread(target=log_in)
        thread.start()
        done.append(thread)
        return result

    def log_in() -> None:
        with app.app_context(), contextlib.suppress(users.WrongCredentials):
            domain.issue(reader)

    with app.app_context():
        user = users.log_in(*AUTH)
        monkeypatch.setattr(domain, "lock", locked)
        with pytest.MonkeyPatch.context() as once:
            once.setattr(domain, "lock", locked)
            users.delete(user)
        monkeypatch.setattr(domain, "lock", lock)
    done[0].join()
    assert redis.keys("famil*") == []


def test_the_sweep_forgets_families_that_have_ended(
    both_redis: str, app: Flask, pair: Pair, redis: Redis, travel: Travel
) -> None:
    (key,) = redis.keys("families:*")
    sweep = app.test_cli_runner()
    assert sweep.invoke(args=["token", "sweep"]).exit_code == 0
    assert redis.zcard(key) == 1
    travel(timedelta(days=14, hours=2))
    assert sweep.invoke(args=["token", "sweep"]).exit_code == 0
    assert not redis.exists(key)


# Redis is away


def all_are_refused(app: Flask, pair: Pair) -> None:
    assert refused(me(app, pair))
    assert refused(renew(app, pair))
    assert refused(revoke(app, pair))
    assert refused(app.test_client().post("/user/token", auth=AUTH))


def test_while_redis_is_away_no_token_counts_and_then_all_do_again(
    both_redis: str, app: Flask, pair: Pair, redis_server: Any
) -> None:
    other = issue(app)
    redis_server.tell("stop")
    try:
        all_are_refused(app, pair)
        page = app.test_client().get(
            "/",
            headers={
                "Accept": "text/html",
                "Authorization": f"Bearer {pair.access_token}",
            },
        )
        assert page.status_code == 503
        assert "<h1" in page.text
        assert app.test_client().get("/chapter/one").status_code == 200
    finally:
        redis_server.tell("start")
    assert app.test_client().post("/user/token", auth=AUTH).status_code == 200
    assert me(app, other).status_code == 401  # this server keeps nothing on a disk


def test_a_password_stays_while_its_tokens_can_not_be_revoked(
    both: str, app: Flask, reader: User, redis_server: Any
) -> None:
    redis_server.tell("stop")
    try:
        with app.app_context():
            for change in (
                lambda user: users.change_password(user, PASSWORD, "staple on staple"),
                users.delete,
            ):
                with pytest.raises(RedisError):
                    change(users.log_in(*AUTH))
    finally:
        redis_server.tell("start")
    assert issue(app)


def test_a_full_redis_gives_no_tokens_and_still_checks_them(
    both_redis: str, app: Flask, pair: Pair, redis: Redis
) -> None:
    redis.config_set("maxmemory", "1")
    try:
        assert refused(app.test_client().post("/user/token", auth=AUTH))
        assert refused(renew(app, pair))
        assert refused(revoke(app, pair))
        assert me(app, pair).status_code == 200
    finally:
        redis.config_set("maxmemory", "0")
    assert renew(app, pair).status_code == 200
    assert revoke(app, pair).status_code == 204


def test_a_redis_that_can_only_be_read_gives_no_tokens(
    both_redis: str, app: Flask, pair: Pair, redis: Redis
) -> None:
    redis.execute_command("REPLICAOF", "127.0.0.1", "1")
    try:
        assert refused(app.test_client().post("/user/token", auth=AUTH))
        assert refused(renew(app, pair))
        assert refused(revoke(app, pair))
    finally:
        redis.execute_command("REPLICAOF", "NO", "ONE")
    assert renew(app, pair).status_code == 200


def test_a_redis_that_hangs_accepts_no_token(
    settings: dict[str, object],
    app: Flask,
    pair: Pair,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redis_store, "TIMEOUT_SECONDS", 0.05)
    impatient = create_app(settings | {"DATABASE_URL": app.config["DATABASE_URL"]})
    pid = redis.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        all_are_refused(impatient, pair)
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_health_tells_that_redis_may_delete_tokens(
    both_redis: str, client: FlaskClient, redis: Redis, policy: str
) -> None:
    redis.config_set("maxmemory", "100mb")
    assert client.get("/health").json == {"status": "ok"}
    redis.config_set("maxmemory-policy", policy)
    try:
        answer = client.get("/health")
        assert answer.status_code == 200
        assert answer.json["status"] == "ok"
        assert "maxmemory-policy to noeviction" in answer.json["redis"]
        redis.config_set("maxmemory", "0")
        assert client.get("/health").json == {"status": "ok"}
    finally:
        redis.config_set("maxmemory", "0")
        redis.config_set("maxmemory-policy", "noeviction")


# kill -9


@pytest.fixture
def embedded(settings: dict[str, object]) -> Iterator[Flask]:
    """An app with a Redis of its own, which keeps what it's told on the disk."""
    app = create_app(settings | {"REDIS_URL": "embedded"})
    yield app
    Embedded(stores=["redis"]).close(app)


def kill(app: Flask) -> None:
    with app.app_context():
        pid = redis_store.client().info("server")["process_id"]
    os.kill(pid, signal.SIGKILL)


@pytest.mark.real_parts
def test_what_was_acknowledged_is_there_after_a_kill(embedded: Flask) -> None:
    with embedded.app_context():
        users.register("ada", "ada@example.org", PASSWORD)
    living, revoked, stop = [], [], threading.Event()

    def write() -> None:
        while not stop.is_set():
            pair, other = issue_if_possible(), issue_if_possible()
            if pair:
                living.append(pair)
            if other and revoke(embedded, other).status_code == 204:
                revoked.append(other)

    def issue_if_possible() -> Pair | None:
        answer = embedded.test_client().post("/user/token", auth=AUTH)
        if answer.status_code != 200:
            return None
        return Pair(answer.json["access_token"], answer.json["refresh_token"])

    thread = threading.Thread(target=write)
    thread.start()
    for round in range(1, 4):
        while len(revoked) < 3 * round and thread.is_alive():
            stop.wait(0.01)
        kill(embedded)
    stop.set()
    thread.join()
    assert {me(embedded, pair).status_code for pair in living} == {200}
    assert {me(embedded, pair).status_code for pair in revoked} == {401}
    assert renew(embedded, living[0]).status_code == 200


def test_the_embedded_redis_brings_each_write_to_the_disk(embedded: Flask) -> None:
    with embedded.app_context():
        told = redis_store.client().config_get("appendfsync")
        policy = redis_store.client().config_get("maxmemory-policy")
    assert told == {"appendfsync": "always"}
    assert policy == {"maxmemory-policy": "noeviction"}


# The move from SQL


@pytest.fixture
def moved(
    both: str, both_redis: str, app: Flask, pair: Pair, own_database: None
) -> Any:
    """Take the app back to where tokens were in SQL; return what there was."""
    used, revoked = issue(app), issue(app)
    fresh = renew(app, used)
    revoke(app, revoked)
    single = issue(app)
    other = issue(app)
    revoke(app, single, other.refresh_token)
    with app.app_context():
        downgrade(revision="0601")
    return pair, used, Pair(**{k: fresh.json[k] for k in Pair._fields}), revoked, single


def test_the_move_carries_over_what_lives_and_what_was_revoked(
    moved: Any, app: Flask, redis: Redis, travel: Travel
) -> None:
    pair, used, fresh, revoked, single = moved
    redis.flushall()
    with app.app_context():
        upgrade()
    assert me(app, pair).status_code == 200
    assert me(app, revoked).status_code == me(app, single).status_code == 401
    assert renew(app, revoked).status_code == 401
    assert renew(app, pair).status_code == 200
    assert renew(app, single).status_code == 200  # its family lives
    assert renew(app, used).status_code == 409
    assert me(app, fresh).status_code == 200
    for kind in ("family", "families", "refresh", "revoked"):
        for key in redis.keys(f"{kind}:*"):
            assert redis.ttl(key) > 0, key
    travel(timedelta(seconds=11))
    assert renew(app, used).status_code == 401
    assert me(app, fresh).status_code == 401


def test_while_redis_is_away_nothing_is_moved_and_nothing_lost(
    moved: Any, app: Flask, redis: Redis, redis_server: Any
) -> None:
    redis.flushall()
    redis_server.tell("stop")
    try:
        with app.app_context():
            with pytest.raises(RuntimeError, match="can't be carried over"):
                upgrade.__wrapped__()  # without Flask-Migrate's sys.exit
            upgraded = app.test_cli_runner().invoke(args=["db", "upgrade"])
        assert upgraded.exit_code == 1
        assert "Traceback" not in upgraded.output
    finally:
        redis_server.tell("start")
    with app.app_context():
        upgrade()
    pair, *_ = moved
    assert me(app, pair).status_code == 200


def test_in_development_it_is_one_line(
    both_redis: str, app: Flask, pair: Pair, redis_server: Any
) -> None:
    with app.app_context():
        downgrade(revision="0601")
    redis_server.tell("stop")
    try:
        with pytest.raises(ConfigurationError) as failure:
            upgrading.bring_up_to_date(app)
    finally:
        redis_server.tell("start")
    assert "Redis is away" in failure.value.message
    assert "\n" not in failure.value.message


def test_what_was_revoked_after_a_move_that_failed_is_revoked_after_the_next(
    moved: Any, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair, *_ = moved
    from apps.store.database import db

    with app.app_context():  # Redis still has all: as if the drop had failed
        db.session.connection().exec_driver_sql(
            "UPDATE token_family SET revoked_at = created_at"
        )
        db.session.commit()
        db.engine.dispose()
        upgrade()
    assert me(app, pair).status_code == 401


def test_an_empty_database_is_upgraded_without_redis(tmp_path: Path) -> None:
    told = {
        "APP_CONFIG": "testing",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path,
        "REDIS_URL": f"unix://{os.devnull}",
    }
    app = create_app(told)
    with app.app_context():
        upgrade()
