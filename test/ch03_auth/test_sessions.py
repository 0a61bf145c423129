"""Sessions: begun by a log-in, ended by time, log-out, or a deleted account."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from sqlalchemy import event, select

from apps import create_app
from apps.store.database import db
from apps.user import domain
from apps.user.models import User, UserSession

PASSWORD = "correct horse battery"

Browser = Callable[[], FlaskClient]
LogIn = Callable[[str], FlaskClient]
MakeUser = Callable[..., User]


class Clock:
    """A clock that stands still until it is set forward."""

    def __init__(self) -> None:
        self.moment = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("apps.clock.now", clock)
    return clock


@contextmanager
def queries(app: Flask) -> Iterator[list[str]]:
    """Note what is sent to the database, but for the beginnings of transactions."""
    sent: list[str] = []

    def note(_1: object, _2: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "SET LOCAL")):
            sent.append(statement.split()[0])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def key_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("session")
    assert cookie is not None
    return cookie.value


def sealed(app: Flask, content: dict[str, object]) -> str:
    """Sign a cookie as the app does."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    cookie = serializer.dumps(content)
    assert isinstance(cookie, str)
    return cookie


def rows(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(UserSession.key_hash)))


def me(client: FlaskClient) -> int:
    return client.get("/user/me").status_code


def test_the_cookie_holds_a_random_key_and_the_database_its_hash(
    app: Flask, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    keys = []
    for _ in range(2):
        content = serializer.loads(key_of(log_in("ada")))
        assert content.keys() == {"_permanent", "_user_id"}
        keys.append(content["_user_id"])
    assert len(keys[0]) == 43  # 32 random bytes
    assert sorted(rows(app)) == sorted(sha256(key.encode()).hexdigest() for key in keys)
    assert keys[0] != keys[1]


@pytest.mark.parametrize("config", ["testing", "production"])
def test_scripts_other_sites_and_plain_http_do_not_get_the_cookie(
    config: str, settings: dict[str, object]
) -> None:
    own = {"APP_CONFIG": config, "SECRET_KEY": "0123456789abcdef" * 4}
    app = create_app(settings | own)
    with app.app_context():
        domain.register("ada", "ada@example.org", PASSWORD)
    answer = app.test_client().post(
        "/user/login",
        json={"name": "ada", "password": PASSWORD},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    flags = answer.headers["Set-Cookie"].split("; ")[1:]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(flags)
    assert ("Secure" in flags) == (config == "production")
    assert not [flag for flag in flags if flag.startswith("Domain")]


def test_a_log_in_renews_the_session(
    app: Flask, browser: Browser, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client, copy = log_in("ada"), browser()
    copy.set_cookie("session", key_of(client))
    body = {"name": "ada", "password": PASSWORD}
    assert client.post("/user/login", json=body).status_code == 200
    assert (me(client), me(copy)) == (200, 401)
    assert len(rows(app)) == 1


def test_nothing_that_was_planted_survives_a_log_in(
    app: Flask, browser: Browser, make_user: MakeUser
) -> None:
    make_user("ada")
    client = browser()
    client.set_cookie("session", sealed(app, {"_user_id": "known", "planted": 1}))
    body = {"name": "ada", "password": PASSWORD}
    assert client.post("/user/login", json=body).status_code == 200
    with client.session_transaction() as session:
        assert session.keys() == {"_permanent", "_user_id"}
        assert session["_user_id"] != "known"


def test_a_failed_log_in_leaves_the_session(
    browser: Browser, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client = log_in("ada")
    body = {"name": "ada", "password": "wrong" * 3}
    assert client.post("/user/login", json=body).status_code == 401
    assert me(client) == 200


def test_a_replayed_cookie_is_worthless_after_a_log_out(
    both: str, app: Flask, browser: Browser, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client, elsewhere, copy = log_in("ada"), log_in("ada"), browser()
    copy.set_cookie("session", key_of(client))
    assert me(copy) == 200
    answer = client.post("/user/logout", json={})
    assert answer.status_code == 204
    assert "session=;" in answer.headers["Set-Cookie"]
    assert (me(client), me(copy), me(elsewhere)) == (401, 401, 200)
    assert copy.post("/user/logout", json={}).status_code == 401
    assert len(rows(app)) == 1


def test_a_session_ends_after_24_idle_hours(
    both: str, clock: Clock, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client, elsewhere = log_in("ada"), log_in("ada")
    clock.forward(hours=23, minutes=59)
    assert me(client) == 200
    clock.forward(minutes=1)
    assert (me(client), me(elsewhere)) == (200, 401)


def test_a_session_ends_after_14_days_of_use(
    clock: Clock, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client = log_in("ada")
    for _ in range(14):
        assert me(client) == 200
        clock.forward(hours=23, minutes=59)
    assert me(client) == 200
    clock.forward(minutes=14)
    assert me(client) == 401


def test_the_browser_forgets_the_cookie_when_we_do(
    app: Flask, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    cookie = log_in("ada").get_cookie("session")
    assert cookie is not None
    assert cookie.expires is not None
    left = cookie.expires - datetime.now(UTC)
    assert timedelta(days=13, hours=23) < left <= timedelta(days=14)


def test_ended_sessions_are_swept_at_the_next_log_in(
    app: Flask, clock: Clock, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    log_in("ada")
    clock.forward(hours=25)
    log_in("ada")
    assert len(rows(app)) == 1


def test_a_reader_costs_one_query_and_a_write_every_five_minutes(
    both: str, app: Flask, clock: Clock, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client = log_in("ada")
    clock.forward(minutes=4, seconds=59)
    with queries(app) as sent:
        assert me(client) == 200
    assert sent == ["SELECT"]
    clock.forward(seconds=1)
    with queries(app) as sent:
        assert me(client) == 200
    assert sent == ["SELECT", "UPDATE"]
    with queries(app) as sent:
        assert me(client) == 200
    assert sent == ["SELECT"]


def test_who_has_no_session_costs_no_query(
    app: Flask, browser: Browser, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client = log_in("ada")
    with queries(app) as sent:
        assert browser().get("/user/me").status_code == 401
        assert client.get("/health").status_code == 200
    assert sent == []


def test_an_answer_that_is_the_same_for_everybody_does_not_vary_by_cookie(
    log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client = log_in("ada")
    assert "Cookie" not in client.get("/health").vary
    assert "Set-Cookie" not in client.get("/health").headers
    answer = client.get("/user/me")
    assert "Cookie" in answer.vary
    assert "Set-Cookie" not in answer.headers


GARBAGE = [
    "",
    "x",
    ".",
    "..",
    "\u00e9",
    "e30.e30.e30",
    "." + "A" * 4000,
    '"',
    "=====",
    "%00",
    "eyJfdXNlcl9pZCI6IjEifQ.aAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAA",
]


@pytest.mark.parametrize("value", GARBAGE)
@pytest.mark.parametrize("name", ["session", "remember_token", ""])
def test_a_bad_cookie_is_as_good_as_none(
    name: str, value: str, app: Flask, browser: Browser
) -> None:
    client = app.test_client(use_cookies=False)
    header = {"Cookie": f"{name}={value}"}
    assert client.get("/user/me", headers=header).status_code == 401
    assert client.get("/health", headers=header).status_code == 200


def test_a_remembered_cookie_logs_nobody_in_and_breaks_nothing(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    for cookie in [
        "remember_token=1|\u00e9",
        "remember_token=1|0",
        ";=1|\u00e9",
        "=1|2",
    ]:
        header = {"Cookie": cookie}
        assert client.get("/user/me", headers=header).status_code == 401


@pytest.mark.parametrize(
    "content",
    [
        {"_user_id": "unknown"},
        {"_user_id": ""},
        {"_user_id": "1"},
        {"_user_id": 1},
        {"_user_id": None},
        {"_user_id": ["1"]},
        {"_user_id": "\ud800"},
        {"_remember": "set"},
    ],
)
def test_a_cookie_of_ours_without_a_session_is_as_good_as_none(
    content: dict[str, object], app: Flask, browser: Browser, make_user: MakeUser
) -> None:
    make_user("ada")
    client = browser()
    client.set_cookie("session", sealed(app, content))
    assert me(client) == 401
    body = {"name": "ada", "password": PASSWORD}
    assert client.post("/user/login", json=body).status_code == 200
    assert me(client) == 200


def test_a_changed_cookie_is_as_good_as_none(
    log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client = log_in("ada")
    value = key_of(client)
    payload, _, signature = value.partition(".")
    for changed in [
        payload[:-1] + ("A" if payload[-1] != "A" else "B") + "." + signature,
        value[:-2],
        value.swapcase(),
    ]:
        client.set_cookie("session", changed)
        assert me(client) == 401
    client.set_cookie("session", value)
    assert me(client) == 200


def test_a_cookie_that_another_key_has_signed_is_as_good_as_none(
    own_app: Flask, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client = log_in("ada")
    own_app.config["SECRET_KEY"] = "another one"
    assert me(client) == 401


def test_where_an_authorization_header_is_the_cookie_does_not_count(
    log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client = log_in("ada")
    for value in ["Bearer x", "Basic x", "", "nonsense"]:
        headers = {"Authorization": value}
        assert client.get("/user/me", headers=headers).status_code == 401
    assert me(client) == 200


def test_a_session_that_ends_while_it_is_looked_up_does_not_break(
    both: str,
    app: Flask,
    clock: Clock,
    log_in: LogIn,
    make_user: MakeUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_user("ada")
    client = log_in("ada")
    clock.forward(minutes=6)
    with client.session_transaction() as session:
        key = session["_user_id"]

    def end() -> datetime:
        """Be asked for the time: after the session was read, before it is noted."""
        with app.app_context():
            domain.end_session(key)
        return clock.moment

    monkeypatch.setattr("apps.clock.now", end)
    client.get("/user/me")
    assert rows(app) == []
    assert me(client) == 401


def test_the_sweep_takes_all_ended_sessions_and_no_other(
    app: Flask, both: str, make_user: MakeUser, log_in: LogIn, clock: Clock
) -> None:
    def left() -> int:
        with app.app_context():
            domain.sweep()
            return len(db.session.scalars(select(UserSession)).all())

    for name in ("ada", "bob"):
        make_user(name)
        log_in(name)  # and is never seen again
    clock.forward(hours=23)
    client = log_in("bob")
    assert left() == 3
    clock.forward(hours=1)
    assert [left(), me(client)] == [1, 200]
    for _ in range(14):
        clock.forward(hours=23)
        me(client)
    clock.forward(hours=22)
    assert left() == 0
