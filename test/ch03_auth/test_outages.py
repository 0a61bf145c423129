"""A database that is busy or absent: readers read on, and a refusal says "later"."""

import contextlib
import importlib
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from flask_login import current_user
from sqlalchemy import event, select, text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from apps import create_app
from apps.store import database_url, upgrading
from apps.store.database import atomic, best_effort, db
from apps.user.models import User, UserSession

ADA = {"name": "ada", "password": "correct horse battery"}
PAGE = {"Accept": "text/html"}

LogIn = Callable[[str], FlaskClient]
MakeUser = Callable[..., User]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ten minutes pass for the app when the test begins to ask it."""
    moment = datetime.now(UTC) + timedelta(minutes=10)
    monkeypatch.setattr("apps.clock.now", lambda: moment)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the app wait 10 ms for what it would wait seconds for."""
    monkeypatch.setattr(database_url, "TIMEOUT_SECONDS", 0.01)


@contextlib.contextmanager
def writer(app: Flask) -> Iterator[None]:
    """Have another program write: it holds SQLite's lock, or all rows of a server."""
    with app.app_context():
        url = db.engine.url
        db.engine.dispose()  # connections to come wait as long as the test says
    if url.get_backend_name() == "sqlite":
        with contextlib.closing(sqlite3.connect(str(url.database))) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with importlib.import_module("psycopg").connect(plain) as server:
        server.execute("SELECT 1 FROM user_session FOR UPDATE")
        server.execute('SELECT 1 FROM "user" FOR UPDATE')
        yield
        server.rollback()


def seen_at(app: Flask) -> datetime:
    with app.app_context():
        return db.session.scalars(select(UserSession.seen_at)).one()


def refused(answer: Response) -> bool:
    """Tell whether an answer says that the database can't be used for now."""
    return answer.status_code == 503 and answer.headers["Retry-After"] == "5"


def test_who_reads_does_not_wait_for_who_writes(
    both: str,
    app: Flask,
    make_user: MakeUser,
    log_in: LogIn,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    make_user("ada")
    client, before = log_in("ada"), seen_at(app)
    request.getfixturevalue("later")
    with writer(app):
        answer = client.get("/user/me")
        assert (answer.status_code, answer.json["name"]) == (200, "ada")
    assert "when a session was last used is not written" in caplog.text
    assert seen_at(app) == before
    assert client.get("/user/me").status_code == 200
    assert seen_at(app) > before


def patience(app: Flask) -> str:
    """Ask the database how long this transaction would wait for another's."""
    sqlite = db.engine.dialect.name == "sqlite"
    asked = "PRAGMA busy_timeout" if sqlite else "SHOW lock_timeout"
    return str(db.session.scalar(text(asked)))


def test_a_writer_waits_for_seconds_and_best_effort_for_nothing(
    both: str, app: Flask
) -> None:
    sqlite = both == "sqlite"
    with app.app_context():
        for _ in range(2):
            with atomic():
                assert patience(app) == ("5000" if sqlite else "5s")
            with best_effort("it"), atomic():
                assert patience(app) == ("0" if sqlite else "1ms")


def test_best_effort_hides_no_fault_and_no_outage_of_an_outer_transaction(
    app: Flask,
) -> None:
    def nonsense() -> None:
        with best_effort("it"), atomic():
            db.session.execute(text("SELECT absent"))

    def inner() -> None:
        with atomic(), best_effort("it"), atomic():
            raise PoolTimeout

    with app.app_context():
        with pytest.raises(Exception, match="no such column"):
            nonsense()
        with writer(app), best_effort("it"), atomic():
            pytest.fail("the lock is another's")
        with pytest.raises(PoolTimeout):
            inner()


@pytest.mark.usefixtures("impatient")
def test_who_wants_to_write_is_told_to_come_again(
    both: str,
    own_app: Flask,
    make_user: MakeUser,
    browser: Callable[[], FlaskClient],
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_user("ada")
    client = browser()
    with writer(own_app):
        answer = client.post("/user/login", json=ADA)
        assert refused(answer)
        assert answer.mimetype == "application/problem+json"
        assert answer.json["status"] == 503
        assert "user" not in answer.json["detail"]  # as the SQL would
        page = client.post("/user/login", json=ADA, headers=PAGE)
        assert refused(page)
        assert page.mimetype == "text/html"
    assert "the database can't be used: " in caplog.text
    assert client.post("/user/login", json=ADA).status_code == 200


READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET default_transaction_read_only = on",
}


def test_where_nothing_can_be_written_the_log_says_what_to_do(
    both: str,
    own_app: Flask,
    make_user: MakeUser,
    log_in: LogIn,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    make_user("ada")
    client = log_in("ada")
    with own_app.app_context():
        engine = db.engine
        engine.dispose()

    @event.listens_for(engine, "connect")
    def close(connection: Any, _: object) -> None:
        connection.cursor().execute(READ_ONLY[both])

    assert refused(client.post("/user/login", json=ADA))
    assert "let the app write to it, or name another in DATABASE_URL" in caplog.text
    request.getfixturevalue("later")
    assert client.get("/user/me").status_code == 200
    assert "when a session was last used is not written" in caplog.text


@pytest.fixture
def absent(own_app: Flask, make_user: MakeUser, log_in: LogIn) -> Iterator[FlaskClient]:
    """A browser that is logged in to an app whose database file has gone."""
    make_user("ada")
    client = log_in("ada")
    with own_app.app_context():
        file = Path(str(db.engine.url.database))
        db.engine.dispose()
    file.unlink()
    file.mkdir()
    yield client
    shutil.rmtree(file)


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_no_view_fails_where_the_database_is_absent(
    own_app: Flask, absent: FlaskClient, accept: str
) -> None:
    statuses = set()
    for rule in own_app.url_map.iter_rules():
        for method in {"GET", "POST"} & (rule.methods or set()):
            path = re.sub("<.*?>", "1", rule.rule)
            asked: dict[str, Any] = {"method": method, "headers": {"Accept": accept}}
            answer = absent.open(path, json={}, **asked)
            statuses.add(answer.status_code)
            assert answer.status_code != 500, path
            assert answer.status_code != 503 or refused(answer)
    assert 503 in statuses
    assert absent.get("/health").status_code == 200


def test_who_sends_a_request_is_not_looked_for_again(
    own_app: Flask, absent: FlaskClient
) -> None:
    asked = []

    def look(answer: Response) -> Response:
        asked.append(current_user.is_authenticated)
        return answer

    own_app.after_request_funcs[None].append(look)
    assert refused(absent.get("/user/me"))
    assert asked == [False]


def test_a_fault_of_ours_is_no_outage(both: str, settings: dict[str, object]) -> None:
    app = create_app(settings | {"PROPAGATE_EXCEPTIONS": False})

    @app.get("/nonsense")
    def nonsense() -> str:
        return str(db.session.scalar(text("SELECT absent")))

    app.view_functions["nonsense"].is_public = True  # type: ignore[attr-defined]
    assert app.test_client().get("/nonsense").status_code == 500


@pytest.mark.usefixtures("impatient")
def test_where_no_connection_is_free_one_is_told_to_come_again(
    settings: dict[str, object],
) -> None:
    app = create_app(settings)
    with app.app_context(), contextlib.ExitStack() as taken:
        pool: Any = db.engine.pool
        assert pool._timeout == 0  # whole seconds, and not the 30 s of SQLAlchemy
        for _ in range(pool.size() + pool._max_overflow):
            taken.enter_context(db.engine.connect())
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        assert refused(client.post("/user/login", json=ADA))
    assert client.post("/user/login", json=ADA).status_code == 401


@pytest.mark.real_parts
def test_a_server_that_stops_and_starts_again(
    settings: dict[str, object], own_postgresql: Any
) -> None:
    url = own_postgresql.url.format("postgres")
    app = create_app(settings | {"DATABASE_URL": url})
    upgrading.prepare(app, "development")
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    person = ADA | {"email": "ada@example.org"}
    assert client.post("/user/register", json=person).status_code == 201
    assert client.post("/user/login", json=ADA).status_code == 200
    assert client.get("/user/me").status_code == 200
    own_postgresql.tell("stop")
    for accept in ("application/json", "text/html"):
        answer = client.get("/user/me", headers={"Accept": accept})
        assert refused(answer)
        assert accept.partition("/")[0] in answer.mimetype
    assert refused(client.post("/user/login", json=ADA))
    assert client.get("/health").status_code == 200
    own_postgresql.tell("start")
    assert client.get("/user/me").status_code == 200
    with app.app_context():
        db.engine.dispose()
