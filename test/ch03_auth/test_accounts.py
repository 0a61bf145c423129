"""Accounts: registered once, logged in, given another password, deleted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from apps.store.database import atomic, db
from apps.user import backend, domain
from apps.user.models import User, UserSession

PASSWORD = "correct horse battery"
ANOTHER = "staple and gun powder"

Browser = Callable[[], FlaskClient]
LogIn = Callable[[str], FlaskClient]
MakeUser = Callable[..., User]


def body(name: str = "Ada", email: str = "Ada@Example.org") -> dict[str, str]:
    return {"name": name, "email": email, "password": PASSWORD}


def stored(app: Flask, name: str) -> User:
    with app.app_context():
        user = domain.find(name)
        assert user is not None
        return user


def count(app: Flask, model: type[User] | type[UserSession]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_spaces_around_a_name_or_an_address_do_not_count_and_in_a_password_do(
    app: Flask, client: FlaskClient
) -> None:
    typed = {**body(" Ada ", " ada@example.org "), "password": f" {PASSWORD} "}
    assert client.post("/user/register", json=typed).json["name"] == "ada"
    for name in (" ada", "ada\u00a0", " ada@example.org "):
        told = {"name": name, "password": typed["password"]}
        assert client.post("/user/login", json=told).status_code == 200
    told["password"] = PASSWORD
    assert client.post("/user/login", json=told).status_code == 401


def test_a_new_account_is_shown_without_its_password(
    both: str, app: Flask, browser: Browser
) -> None:
    answer = browser().post("/user/register", json=body())
    user = stored(app, "ada")
    assert (answer.status_code, answer.json) == (
        201,
        {
            "id": user.id,
            "name": "ada",
            "email": "ada@example.org",
            "created_at": user.created_at.isoformat(),
        },
    )
    assert user.password.startswith("$argon2id$")
    assert user.created_at.tzinfo is not None


def test_registering_does_not_log_in(browser: Browser) -> None:
    client = browser()
    answer = client.post("/user/register", json=body())
    assert "Set-Cookie" not in answer.headers
    assert client.get("/user/me").status_code == 401


@pytest.mark.parametrize(
    ("again", "field"),
    [
        (body("ADA", "grace@example.org"), "name"),
        (body("\uff21da", "grace@example.org"), "name"),
        (body("grace", "ADA@example.ORG"), "email"),
    ],
)
def test_what_is_taken_is_taken_however_it_is_written(
    again: dict[str, str], field: str, browser: Browser, make_user: MakeUser
) -> None:
    make_user("ada")
    answer = browser().post("/user/register", json=again)
    assert answer.status_code == 409
    assert answer.json["errors"] == [{"field": field, "reason": "is taken"}]


@pytest.mark.parametrize("same", ["name", "email"])
def test_of_twelve_registrations_at_once_one_wins(
    same: str, both: str, app: Flask, browser: Browser
) -> None:
    together = Barrier(12)

    def register(number: int) -> int:
        own = body(f"reader{number}", f"reader{number}@example.org")
        client = browser()
        together.wait()
        return client.post(
            "/user/register", json=own | {same: body()[same]}
        ).status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = sorted(pool.map(register, range(12)))
    assert statuses == [201] + [409] * 11
    assert count(app, User) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "a@b"}, "name"),
        ({"name": "a:b"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"email": "nowhere"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "p" * 129}, "password"),
        ({"password": "password123"}, "password"),
        ({"name": "grace.hopper", "password": "Grace.Hopper"}, "password"),
        ({"role": "admin"}, "role"),
    ],
)
def test_what_cannot_be_an_account_is_refused_with_the_field(
    wrong: dict[str, object], field: str, app: Flask, browser: Browser
) -> None:
    answer = browser().post("/user/register", json=body() | wrong)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert all(error["reason"] for error in answer.json["errors"])
    assert count(app, User) == 0


@pytest.mark.parametrize("name", ["ada", "Ada", "\uff41da", "Ada@Example.org"])
def test_the_name_or_the_address_logs_in(
    name: str, browser: Browser, make_user: MakeUser
) -> None:
    make_user("ada")
    client = browser()
    answer = client.post("/user/login", json={"name": name, "password": PASSWORD})
    assert (answer.status_code, answer.json["name"]) == (200, "ada")
    assert client.get("/user/me").json == answer.json


@pytest.mark.parametrize("unknown", ["grace", "grace@example.org", "a b", "a@@", ":"])
def test_an_unknown_name_costs_and_answers_like_a_wrong_password(
    unknown: str, browser: Browser, make_user: MakeUser, work: list[int]
) -> None:
    make_user("ada")
    work.clear()
    answers = [
        browser().post("/user/login", json={"name": name, "password": ANOTHER})
        for name in ("ada", unknown)
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].data == answers[1].data
    assert len(work) == 2
    assert work[0] == work[1]


def test_a_log_in_rehashes_when_the_cost_has_risen(
    own_app: Flask, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    own_app.config["PASSWORD_TIME"] += 1
    log_in("ada")
    risen = stored(own_app, "ada").password
    assert f",t={own_app.config['PASSWORD_TIME']}," in risen
    log_in("ada")
    assert stored(own_app, "ada").password == risen


def change(client: FlaskClient, old: str = PASSWORD, new: str = ANOTHER) -> int:
    told = {"old_password": old, "new_password": new}
    return client.post("/user/password", json=told).status_code


def test_a_new_password_ends_the_other_sessions_and_renews_this_one(
    both: str, app: Flask, browser: Browser, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    make_user("grace")
    here, elsewhere, hers = log_in("ada"), log_in("ada"), log_in("grace")
    before = here.get_cookie("session")
    assert before is not None

    assert change(here) == 204

    assert here.get("/user/me").status_code == 200
    assert elsewhere.get("/user/me").status_code == 401
    assert hers.get("/user/me").status_code == 200
    copy = browser()
    copy.set_cookie("session", before.value)
    assert copy.get("/user/me").status_code == 401
    for password, status in [(PASSWORD, 401), (ANOTHER, 200)]:
        told = {"name": "ada", "password": password}
        assert browser().post("/user/login", json=told).status_code == status


def test_a_wrong_old_password_changes_nothing(
    log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client, elsewhere = log_in("ada"), log_in("ada")
    told = {"old_password": ANOTHER, "new_password": ANOTHER}
    answer = client.post("/user/password", json=told)
    assert answer.status_code == 403
    assert answer.json["errors"][0]["field"] == "old_password"
    assert elsewhere.get("/user/me").status_code == 200
    assert log_in("ada").get("/user/me").status_code == 200


def test_a_new_password_has_to_be_good_too(log_in: LogIn, make_user: MakeUser) -> None:
    make_user("ada")
    told = {"old_password": PASSWORD, "new_password": "ada@example.org"}
    answer = log_in("ada").post("/user/password", json=told)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "new_password"


def test_of_two_changes_of_a_password_the_first_wins(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    make_user("ada")
    with app.app_context():
        late = domain.log_in("ada", PASSWORD)
        with app.app_context():
            domain.change_password(domain.log_in("ada", PASSWORD), PASSWORD, ANOTHER)
        with pytest.raises(domain.WrongPassword):
            domain.change_password(late, PASSWORD, "third horse in the race")
    with app.app_context():
        assert domain.log_in("ada", ANOTHER)


def test_a_log_in_that_a_new_password_overtakes_fails(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    make_user("ada")
    with app.app_context():
        late = domain.log_in("ada", PASSWORD)
        with app.app_context():
            domain.change_password(domain.log_in("ada", PASSWORD), PASSWORD, ANOTHER)
        with pytest.raises(domain.WrongCredentials):
            domain.begin_session(late)
    assert count(app, UserSession) == 0


def test_a_log_in_that_a_deletion_overtakes_fails(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    make_user("ada")
    with app.app_context():
        late = domain.log_in("ada", PASSWORD)
        with app.app_context():
            domain.delete(domain.log_in("ada", PASSWORD))
        with pytest.raises(domain.WrongCredentials):
            domain.begin_session(late)


def test_who_holds_an_account_lets_nobody_change_it(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    user = make_user("ada")
    at_once = {
        "sqlite": ["PRAGMA busy_timeout = 0", 'UPDATE "user" SET name = name'],
        "postgresql": ['SELECT id FROM "user" FOR UPDATE NOWAIT'],
    }
    with app.app_context(), atomic():
        assert backend.lock(user)
        refused = pytest.raises(OperationalError, match="lock")
        with db.engine.connect() as other, refused:
            for statement in at_once[both]:
                other.exec_driver_sql(statement)


def test_a_deleted_account_is_gone_with_its_sessions(
    both: str, app: Flask, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    make_user("grace")
    client, hers = log_in("ada"), log_in("grace")
    with app.app_context():
        domain.delete(domain.log_in("ada", PASSWORD))
        assert domain.find("ada") is None
    assert client.get("/user/me").status_code == 401
    assert client.get("/health").status_code == 200
    assert hers.get("/user/me").status_code == 200
    assert (count(app, User), count(app, UserSession)) == (1, 1)


def test_the_id_of_a_deleted_account_is_never_given_out_again(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    first = make_user("ada").id
    with app.app_context():
        domain.delete(domain.log_in("ada", PASSWORD))
    assert make_user("ada").id > first


def test_no_password_reaches_the_log(
    app: Flask, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    client = browser()
    client.post("/user/register", json=body())
    client.post("/user/login", json={"name": "ada", "password": ANOTHER})
    client.post("/user/login", json={"name": "ada", "password": PASSWORD})
    assert change(client) == 204
    assert PASSWORD not in caplog.text
    assert ANOTHER not in caplog.text
