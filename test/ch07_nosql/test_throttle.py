"""Wrong passwords are counted, for an account and for an address, at every door."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from apps import create_app
from apps.settings.configuration import ConfigurationError
from apps.user import domain, passwords

PASSWORD = "correct horse battery"
OWN = {"Sec-Fetch-Site": "same-origin"}
LIMITS = {
    "LOGIN_LIMIT_BY_ACCOUNT": "3 per 15 minutes",
    "LOGIN_LIMIT_BY_ADDRESS": "8 per hour",
}
Ask = Callable[..., TestResponse]


@pytest.fixture
def app(settings: dict[str, object]) -> Flask:
    """An app that bears three wrong passwords for an account."""
    return create_app(settings | LIMITS)


@pytest.fixture(autouse=True)
def _accounts(app: Flask) -> None:
    with app.app_context():
        domain.register("ada", "ada@example.org", PASSWORD)
        domain.register("bob", "bob@example.org", PASSWORD)


@pytest.fixture
def ask(app: Flask) -> Ask:
    """Log in as a program does, from an address: ask("ada", "wrong")."""

    def log_in(name: str, password: str = PASSWORD, at: str = "10.0.0.1") -> Any:
        body = {"name": name, "password": password}
        here = {"REMOTE_ADDR": at}
        client = app.test_client()
        return client.post("/user/login", json=body, headers=OWN, environ_base=here)

    return log_in


def with_form(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    page = client.get(path).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, **fields}
    return client.post(path, data=form, headers={**OWN, "Accept": "text/html"})


def by_json(client: FlaskClient, password: str) -> TestResponse:
    body = {"name": "ada", "password": password}
    return client.post("/user/login", json=body, headers=OWN)


def by_page(client: FlaskClient, password: str) -> TestResponse:
    return with_form(client, "/login", name="ada", password=password)


def by_token(client: FlaskClient, password: str) -> TestResponse:
    return client.post("/user/token", auth=("ada", password))


def by_change(client: FlaskClient, password: str) -> TestResponse:
    body = {"old_password": password, "new_password": "staple after staple"}
    return client.post("/user/password", json=body, headers=OWN)


def by_page_of_change(client: FlaskClient, password: str) -> TestResponse:
    return with_form(
        client, "/account", old_password=password, new_password="staple after staple"
    )


def by_address_change(client: FlaskClient, password: str) -> TestResponse:
    fields = {"name": "ada", "email": "new@example.org", "password": password}
    return with_form(client, "/account", **fields)


def by_deletion(client: FlaskClient, password: str) -> TestResponse:
    return with_form(client, "/account", delete_password=password)


WAYS = [by_json, by_page, by_token]
WAYS_INSIDE = [by_change, by_page_of_change, by_address_change, by_deletion]


@pytest.mark.parametrize("way", WAYS + WAYS_INSIDE)
def test_after_three_wrong_passwords_the_right_one_is_refused_too(
    app: Flask, way: Callable[..., TestResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    if way in WAYS_INSIDE:
        assert by_json(client, PASSWORD).status_code == 200
    for _ in range(3):
        assert way(client, "a wrong one").status_code in (401, 403, 422)
    monkeypatch.setattr(passwords, "verify", lambda *_: pytest.fail("it is checked"))
    answer = way(client, PASSWORD)
    assert answer.status_code == 429
    assert 890 <= int(answer.headers["Retry-After"]) <= 900
    assert "too many wrong passwords. Try again in 15 minutes." in answer.text
    assert answer.text.lower().count("try again") == 1
    kind = "text/html" if "page" in way.__name__ else None
    if kind or way in (by_address_change, by_deletion):
        assert answer.mimetype == "text/html"
    else:
        assert answer.mimetype == "application/problem+json"
        assert answer.json["status"] == 429


def test_a_right_password_is_not_counted(ask: Ask, redis: Redis) -> None:
    ask("ada", "a wrong one")
    for _ in range(20):
        assert ask("ada").status_code == 200
    counted = {key: redis.get(key) for key in redis.keys("LIMITS*")}
    assert sorted(counted.values()) == ["1", "1"]


def test_all_ways_in_count_together(app: Flask) -> None:
    for way in WAYS:
        assert way(app.test_client(), "a wrong one").status_code in (401, 422)
    assert [way(app.test_client(), PASSWORD).status_code for way in WAYS] == [429] * 3


def test_a_name_that_nobody_has_gets_the_same_answers(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen(name: str) -> list[object]:
        answers = [ask(name, "a wrong one") for _ in range(5)]
        hidden = ("x-request-id", "retry-after")
        told = [(a.status_code, a.data.replace(name.encode(), b"")) for a in answers]
        headers = [
            [(k, v) for k, v in a.headers if k.lower() not in hidden] for a in answers
        ]
        return [*told, *headers, "Retry-After" in answers[-1].headers]

    checked: list[object] = []
    verify = passwords.verify
    monkeypatch.setattr(
        passwords, "verify", lambda *args: checked.append(1) or verify(*args)
    )
    known = seen("ada")
    assert len(checked) == 3
    assert seen("eve") == known
    assert len(checked) == 6


@pytest.mark.parametrize("name", ["no such @name", "a" * 600, "a:b", "\u0300x", " "])
def test_a_name_that_nobody_can_have_is_counted(ask: Ask, name: str) -> None:
    answers = [ask(name, "a wrong one").status_code for _ in range(4)]
    assert answers[-1] in (429, 422)


def test_a_name_is_counted_as_it_is_looked_up(ask: Ask) -> None:
    for name in ("ada", "ADA", " \uff41da "):
        assert ask(name, "a wrong one").status_code == 401
    assert ask("Ada").status_code == 429
    assert ask("bob").status_code == 200


def test_an_address_that_has_tried_many_names_is_refused(ask: Ask) -> None:
    for number in range(8):
        assert ask(f"nobody{number}", "a wrong one").status_code == 401
    refused = ask("ada")
    assert refused.status_code == 429
    assert 3590 <= int(refused.headers["Retry-After"]) <= 3600
    assert ask("ada", at="10.0.0.2").status_code == 200


def test_what_is_refused_is_not_counted(ask: Ask, redis: Redis) -> None:
    for _ in range(30):
        ask("ada", "a wrong one")
    assert ask("bob").status_code == 200  # from the same address
    for number in range(30):
        ask(f"nobody{number}", "a wrong one")
    counts = sorted(int(redis.get(key) or 0) for key in redis.keys("LIMITS*"))
    assert counts == [0, *[1] * 5, 3, 8]


def test_refusals_do_not_make_the_wait_longer(ask: Ask, redis: Redis) -> None:
    for _ in range(3):
        ask("ada", "a wrong one")
    (key,) = redis.keys("LIMITS*account-*")
    redis.expire(key, 2)
    for _ in range(5):
        assert ask("ada").headers["Retry-After"] in ("1", "2")
    assert redis.ttl(key) <= 2
    redis.delete(key)  # as a moment later
    assert ask("ada").status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8:1:2:3::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("::1", "::2", True),
        ("", "unix:", True),
    ],
)
def test_addresses_that_belong_together_count_together(
    ask: Ask, first: str, second: str, same: bool
) -> None:
    for number in range(8):
        ask(f"nobody{number}", "a wrong one", at=first)
    assert (ask("ada", at=second).status_code == 429) is same


def test_of_many_guesses_at_the_same_time_three_are_looked_at(
    both_redis: str, app: Flask, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, checked, statuses = threading.Barrier(12), [], []

    def verify(*_: object) -> bool:
        checked.append(1)
        return False

    def guess() -> None:
        together.wait()
        statuses.append(ask("ada", "a wrong one").status_code)

    monkeypatch.setattr(passwords, "verify", verify)
    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(checked) == 3
    assert sorted(statuses) == [401] * 3 + [429] * 9


def test_strangers_do_not_keep_an_owner_who_is_logged_in_from_the_account(
    app: Flask, ask: Ask
) -> None:
    client = app.test_client()
    assert by_json(client, PASSWORD).status_code == 200
    for _ in range(4):
        ask("ada", "a wrong one", at="10.0.0.9")
    assert by_change(client, PASSWORD).status_code == 204


def test_an_error_of_another_kind_is_not_counted(app: Flask, redis: Redis) -> None:
    client = app.test_client()
    by_json(client, PASSWORD)
    body = {"old_password": PASSWORD, "new_password": "short"}
    for _ in range(5):
        answer = client.post("/user/password", json=body, headers=OWN)
        assert answer.status_code == 422
    assert {redis.get(key) for key in redis.keys("LIMITS*")} == {"0"}


def test_neither_redis_nor_a_log_learns_a_name(
    ask: Ask, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "my password in the wrong field"
    for _ in range(4):
        ask(secret, "x")
        ask("bob", "a wrong one")  # no hash can have a "bob" in it
    keys = " ".join(redis.keys("*"))
    for one in (secret, "bob", "a wrong one"):
        assert one not in keys
        assert one not in caplog.text
    name = next(key for key in redis.keys("*") if "account-" in key).split("/")[1]
    assert f"a wrong password for {name} from address-10.0.0.1" in caplog.text
    assert f"refused a log-in of {name} from address-10.0.0.1" in caplog.text


def test_while_redis_is_away_each_process_counts_by_itself(
    both_redis: str, ask: Ask, redis_server: Any
) -> None:
    assert ask("ada", "a wrong one").status_code == 401
    redis_server.tell("stop")
    try:
        assert ask("ada").status_code == 200
        for _ in range(3):
            assert ask("ada", "a wrong one").status_code == 401
        refused = ask("ada")
        assert refused.status_code == 429
        assert 890 <= int(refused.headers["Retry-After"]) <= 900
    finally:
        redis_server.tell("start")
    assert ask("ada").status_code == 200


def test_a_redis_that_fails_while_a_password_is_checked_fails_nobody(
    ask: Ask, redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = passwords.verify

    def stop_and_verify(*args: Any) -> bool:
        redis_server.tell("stop")
        return verify(*args)

    monkeypatch.setattr(passwords, "verify", stop_and_verify)
    try:
        assert ask("ada").status_code == 200
    finally:
        redis_server.tell("start")


def test_a_full_redis_does_not_stop_counting(
    both_redis: str, ask: Ask, redis: Redis
) -> None:
    redis.config_set("maxmemory", "1")
    try:
        statuses = [ask("ada", "a wrong one").status_code for _ in range(4)]
    finally:
        redis.config_set("maxmemory", "0")
    assert statuses == [401, 401, 401, 429]


def test_two_apps_count_apart_and_on_one_redis_together(
    settings: dict[str, object], ask: Ask
) -> None:
    for _ in range(3):
        ask("ada", "a wrong one")
    shared = settings | LIMITS | {"SECRET_KEY": "k" * 64}
    here = {"Sec-Fetch-Site": "same-origin"}
    statuses = []
    for app in (create_app(shared), create_app(shared)):
        for _ in range(2):
            body = {"name": "ada", "password": "a wrong one"}
            client = app.test_client()
            answer = client.post("/user/login", json=body, headers=here)
            statuses.append(answer.status_code)
    assert statuses == [401, 401, 401, 429]


@pytest.mark.parametrize(
    "limit",
    [
        "often",
        "0 per minute",
        "-1 per minute",
        "10 per 2 days",
        "10 per minute; 20 per hour",
        "99999999999 per hour",
        10,
    ],
)
def test_a_limit_that_limits_nothing_stops_the_start(
    settings: dict[str, object], limit: object
) -> None:
    for name in ("LOGIN_LIMIT_BY_ACCOUNT", "LOGIN_LIMIT_BY_ADDRESS"):
        with pytest.raises(ConfigurationError, match=name):
            create_app(settings | {name: limit})


def test_the_limits_are_ten_in_fifteen_minutes_and_a_hundred_an_hour() -> None:
    from config import Production

    fields = Production.model_fields
    assert fields["LOGIN_LIMIT_BY_ACCOUNT"].default == "10 per 15 minutes"
    assert fields["LOGIN_LIMIT_BY_ADDRESS"].default == "100 per hour"
