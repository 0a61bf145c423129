"""Pairs of tokens: obtained by a password, renewed once, revoked."""

import base64
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from apps.store.database import db
from apps.store.redis import client  # chapter 7
from apps.token import domain
from apps.token.domain import Pair
from apps.token.models import RefreshToken, RevokedToken, TokenFamily
from apps.user import domain as users
from apps.user.domain import WrongCredentials
from apps.user.models import User, UserSession

PASSWORD = "correct horse battery"
AUTH = ("ada", PASSWORD)
REFRESH = "/user/token/refresh"
# region chapter 7: keys
IN_REDIS = {
    TokenFamily: "family:*",
    RefreshToken: "refresh:*",
    RevokedToken: "revoked:*",
}
# endregion keys

Status = Callable[[str], int]
Travel = Callable[[timedelta], None]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def renewed(client: FlaskClient, token: str) -> Pair:
    answer = client.post(REFRESH, json={"refresh_token": token})
    assert answer.status_code == 200, answer.text
    return Pair(answer.json["access_token"], answer.json["refresh_token"])


def refresh_status(client: FlaskClient, token: str) -> int:
    answer = client.post(REFRESH, json={"refresh_token": token})
    if answer.status_code != 200:
        assert answer.mimetype == "application/problem+json"
        assert "token" not in (answer.json or {})
        assert "access_token" not in answer.text
    return answer.status_code


def count(app: Flask, *models: type[db.Model]) -> list[int]:
    with app.app_context():
        # region chapter 7: redis
        if models[0] in IN_REDIS:
            return [len(client().keys(IN_REDIS[model])) for model in models]
        # endregion redis
        return [
            db.session.scalar(select(func.count()).select_from(m)) or 0 for m in models
        ]


# POST /user/token


def test_a_password_gives_a_pair(client: FlaskClient, ada: User) -> None:
    answer = client.post("/user/token", auth=AUTH)
    assert answer.status_code == 200
    assert set(answer.json) == {
        "access_token",
        "refresh_token",
        "token_type",
        "expires_in",
    }
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 900
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_the_address_does_for_a_name(client: FlaskClient, ada: User) -> None:
    assert client.post("/user/token", auth=("Ada@Example.org", PASSWORD)).json
    assert client.post("/user/token", auth=("ADA", PASSWORD)).status_code == 200
    assert client.post("/user/token", auth=(" ada ", PASSWORD)).status_code == 200
    assert client.post("/user/token", auth=("ada", f" {PASSWORD}")).status_code == 401


@pytest.mark.parametrize(
    "auth",
    [
        ("ada", "wrong"),
        ("bob", PASSWORD),
        ("", PASSWORD),
        ("ada", ""),
        ("ada", PASSWORD + "\0"),
        ("a\0da", PASSWORD),
        ("ada", "x" * 5000),
        ("x" * 5000, PASSWORD),
        ("\u00e5\U0001f600", "\u00e5"),
    ],
)
def test_a_wrong_password_or_name_is_401_and_says_the_same(
    client: FlaskClient, ada: User, auth: tuple[str, str]
) -> None:
    answer = client.post("/user/token", auth=auth)
    assert answer.status_code == 401
    assert answer.json["detail"] == "The name or the password is wrong."
    assert answer.mimetype == "application/problem+json"
    assert answer.www_authenticate.type == "basic"
    assert answer.www_authenticate["realm"] == "lectern"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !",
        "Basic AAAA",
        "Basic " + base64.b64encode(b"ada").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"\xed\xa0\x80:x").decode(),
        "Bearer x",
    ],
)
def test_a_header_without_a_password_is_401(
    client: FlaskClient, ada: User, header: str | None
) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    if header is not None:
        headers["Authorization"] = header
    answer = client.post("/user/token", headers=headers)
    assert answer.status_code == 401
    assert answer.www_authenticate.type == "basic"


def test_a_token_is_not_obtained_with_a_session_or_a_token(
    client: FlaskClient, pair: Pair
) -> None:
    here = {"Sec-Fetch-Site": "same-origin"}
    body = {"name": "ada", "password": PASSWORD}
    assert client.post("/user/login", json=body, headers=here).status_code == 200
    assert client.post("/user/token", json={}, headers=here).status_code == 401
    headers = bearer(pair.access_token)
    assert client.post("/user/token", headers=headers).status_code == 401


# region chapter 4 until 7: store
# | def test_the_store_holds_no_token(app: Flask, pair: Pair) -> None:
# |     with app.app_context():
# |         row = db.session.scalars(select(RefreshToken)).one()
# |         raw = db.session.connection().exec_driver_sql("SELECT * FROM refresh_token")
# |         assert pair.refresh_token not in repr(raw.all())
# |         assert len(row.hash) == 64
# |         assert row.expires_at - row.created_at == timedelta(days=14)
# endregion store


def test_refresh_tokens_are_random_and_say_nothing(
    client: FlaskClient, pair: Pair
) -> None:
    other = client.post("/user/token", auth=AUTH).json["refresh_token"]
    assert other != pair.refresh_token
    assert min(len(other), len(pair.refresh_token)) >= 43
    assert "." not in other


def test_no_pair_is_given_for_a_password_that_changed_meanwhile(
    app: Flask, ada: User
) -> None:
    with app.app_context():
        user = users.log_in(*AUTH)
        db.session.expunge(user)
        other = users.log_in(*AUTH)
        users.change_password(other, PASSWORD, "staple after staple")
        with pytest.raises(WrongCredentials):
            domain.issue(user)


def test_a_pair_is_given_also_when_the_password_is_hashed_anew(
    own_app: Flask, client: FlaskClient, ada: User
) -> None:
    with own_app.app_context():
        before = db.session.scalar(select(User.password))
    own_app.config["PASSWORD_TIME"] += 1
    assert client.post("/user/token", auth=AUTH).status_code == 200
    with own_app.app_context():
        assert db.session.scalar(select(User.password)) != before


# POST /user/token/refresh


def test_a_refresh_token_gives_a_new_pair(
    client: FlaskClient, status: Status, pair: Pair
) -> None:
    second = renewed(client, pair.refresh_token)
    third = renewed(client, second.refresh_token)
    assert len({*pair, *second, *third}) == 6
    assert [status(p.access_token) for p in (pair, second, third)] == [200, 200, 200]


def test_reuse_of_a_refresh_token_revokes_the_family_and_its_access_tokens(
    client: FlaskClient, status: Status, pair: Pair, travel: Travel
) -> None:
    second = renewed(client, pair.refresh_token)
    third = renewed(client, second.refresh_token)
    travel(timedelta(seconds=11))
    assert refresh_status(client, pair.refresh_token) == 401
    for one in (pair, second, third):
        assert status(one.access_token) == 401
        assert refresh_status(client, one.refresh_token) == 401


def test_reuse_leaves_other_families_alone(
    client: FlaskClient, status: Status, pair: Pair, travel: Travel
) -> None:
    answer = client.post("/user/token", auth=AUTH)
    other = Pair(answer.json["access_token"], answer.json["refresh_token"])
    renewed(client, pair.refresh_token)
    travel(timedelta(seconds=11))
    assert refresh_status(client, pair.refresh_token) == 401
    assert status(other.access_token) == 200
    assert renewed(client, other.refresh_token)


def test_reuse_within_ten_seconds_gets_409_and_no_token_and_ends_nothing(
    client: FlaskClient, status: Status, pair: Pair, travel: Travel
) -> None:
    travel(timedelta(0))
    second = renewed(client, pair.refresh_token)
    travel(timedelta(seconds=9.9))
    answer = client.post(REFRESH, json={"refresh_token": pair.refresh_token})
    assert answer.status_code == 409
    assert set(answer.json) >= {"type", "title", "status", "detail"}
    assert "access_token" not in answer.text
    assert status(second.access_token) == 200
    assert renewed(client, second.refresh_token)
    travel(timedelta(seconds=10))
    assert refresh_status(client, pair.refresh_token) == 401
    assert status(second.access_token) == 401


def test_two_refreshes_at_the_same_instant_log_nobody_out(
    app: Flask, both: str, pair: Pair, status: Status
) -> None:
    together, answers = threading.Barrier(6), []

    def ask() -> None:
        client = app.test_client()
        together.wait()
        body = {"refresh_token": pair.refresh_token}
        answers.append(client.post(REFRESH, json=body))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409, 409, 409]
    (won,) = [a.json for a in answers if a.status_code == 200]
    assert status(won["access_token"]) == 200
    assert renewed(app.test_client(), won["refresh_token"])


def test_a_refresh_token_ends_after_fourteen_days(
    client: FlaskClient, pair: Pair, travel: Travel
) -> None:
    travel(timedelta(days=14, seconds=1))
    assert refresh_status(client, pair.refresh_token) == 401


def test_a_refresh_token_counts_until_its_last_day(
    client: FlaskClient, pair: Pair, travel: Travel
) -> None:
    travel(timedelta(days=13, hours=23))
    assert renewed(client, pair.refresh_token)


def test_a_family_ends_after_ninety_days_however_often_it_is_renewed(
    client: FlaskClient, pair: Pair, travel: Travel
) -> None:
    for day in range(13, 90, 13):
        travel(timedelta(days=day))
        pair = renewed(client, pair.refresh_token)
    travel(timedelta(days=89, hours=23))
    pair = renewed(client, pair.refresh_token)
    travel(timedelta(days=90, seconds=5))
    assert refresh_status(client, pair.refresh_token) == 401


@pytest.mark.parametrize("token", ["x", "x" * 43, "\u00e9", "' OR 1=1 --"])
def test_an_unknown_refresh_token_is_401_with_a_challenge(
    client: FlaskClient, token: str
) -> None:
    answer = client.post(REFRESH, json={"refresh_token": token})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.www_authenticate.type == "bearer"
    assert answer.www_authenticate["error"] == "invalid_token"
    assert token not in answer.text or token == "x"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"refresh_token": 1}, 422),
        ({"refresh_token": ""}, 422),
        ({"refresh_token": None}, 422),
        ({"refresh_token": "x" * 201}, 422),
        ({"refresh_token": "x", "more": 1}, 422),
        ({"refresh_token": "a\0"}, 400),
        ([], 422),
    ],
)
def test_a_bad_body_is_refused_with_its_field(
    client: FlaskClient, body: object, status: int
) -> None:
    answer = client.post(REFRESH, json=body)
    assert answer.status_code == status
    assert answer.json["errors"]


def test_an_access_token_does_not_refresh(client: FlaskClient, pair: Pair) -> None:
    assert refresh_status(client, pair.access_token) in (401, 422)


def test_a_refresh_token_is_no_access_token(status: Status, pair: Pair) -> None:
    assert status(pair.refresh_token) == 401


# DELETE /user/token


def test_delete_revokes_the_family_of_the_token_that_it_is_called_with(
    client: FlaskClient, status: Status, pair: Pair
) -> None:
    other = client.post("/user/token", auth=AUTH).json["access_token"]
    second = renewed(client, pair.refresh_token)
    headers = bearer(pair.access_token)
    answer = client.delete("/user/token", headers=headers)
    assert answer.status_code == 204
    assert status(pair.access_token) == 401
    assert status(second.access_token) == 401
    assert refresh_status(client, second.refresh_token) == 401
    assert client.delete("/user/token", headers=headers).status_code == 401
    assert status(other) == 200  # of another log-in


def test_delete_revokes_the_family_of_the_refresh_token_in_its_body(
    client: FlaskClient, status: Status, pair: Pair
) -> None:
    answer = client.post("/user/token", auth=AUTH)
    other = Pair(answer.json["access_token"], answer.json["refresh_token"])
    later = renewed(client, other.refresh_token)
    answer = client.delete(
        "/user/token",
        json={"refresh_token": other.refresh_token},
        headers=bearer(pair.access_token),
    )
    assert answer.status_code == 204
    assert status(pair.access_token) == 401
    assert status(other.access_token) == 401
    assert status(later.access_token) == 401
    assert refresh_status(client, later.refresh_token) == 401
    assert renewed(client, pair.refresh_token)  # of another family than the body's


def test_delete_with_an_unknown_refresh_token_revokes_no_family(
    client: FlaskClient, status: Status, pair: Pair
) -> None:
    body = {"refresh_token": "x"}
    headers = bearer(pair.access_token)
    answer = client.delete("/user/token", json=body, headers=headers)
    assert answer.status_code == 204
    assert status(pair.access_token) == 401
    assert renewed(client, pair.refresh_token)


def test_delete_does_not_end_what_is_another_readers(
    app: Flask, client: FlaskClient, status: Status, pair: Pair
) -> None:
    with app.app_context():
        users.register("bob", "bob@example.org", PASSWORD)
    token = client.post("/user/token", auth=("bob", PASSWORD)).json["access_token"]
    answer = client.delete(
        "/user/token",
        json={"refresh_token": pair.refresh_token},
        headers=bearer(token),
    )
    assert answer.status_code == 204  # as for one that is not there at all
    assert status(token) == 401
    assert status(pair.access_token) == 200


def test_delete_is_for_tokens_alone(client: FlaskClient, ada: User) -> None:
    here = {"Sec-Fetch-Site": "same-origin"}
    body = {"name": "ada", "password": PASSWORD}
    client.post("/user/login", json=body, headers=here)
    answer = client.delete("/user/token", json={}, headers=here)
    assert answer.status_code == 401
    assert answer.www_authenticate.type == "bearer"
    assert client.delete("/user/token", auth=AUTH).status_code == 401


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"refresh_token": 1}', b"\xff"])
def test_a_bad_body_revokes_nothing(
    client: FlaskClient, status: Status, pair: Pair, body: bytes
) -> None:
    answer = client.delete(
        "/user/token",
        data=body,
        content_type="application/json",
        headers=bearer(pair.access_token),
    )
    assert answer.status_code in (400, 422)
    assert status(pair.access_token) == 200


def test_one_token_revoked_at_the_same_instant_is_revoked_once(
    app: Flask, both: str, pair: Pair, status: Status
) -> None:
    together, answers = threading.Barrier(4), []

    def ask() -> None:
        client = app.test_client()
        together.wait()
        answer = client.delete("/user/token", headers=bearer(pair.access_token))
        answers.append(answer.status_code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 204 in answers
    assert set(answers) <= {204, 401}
    assert count(app, RevokedToken) == [1]
    assert status(pair.access_token) == 401


# What is left behind


# region chapter 4 until 7: row
# | def test_a_deleted_user_leaves_no_row(
# |     app: Flask, both: str, pair: Pair, ada: User
# | ) -> None:
# |     with app.app_context():
# |         users.delete(ada)
# |     assert count(app, TokenFamily, RefreshToken) == [0, 0]
# endregion row


# region chapter 4 until 7: sweep
# | def test_the_sweep_takes_what_has_expired_and_nothing_else(
# |     app: Flask, both: str, client: FlaskClient, pair: Pair, travel: Travel
# | ) -> None:
# |     other = client.post("/user/token", auth=AUTH).json["access_token"]
# |     client.delete("/user/token", headers=bearer(other))
# |     sweep = app.test_cli_runner()
# |     assert sweep.invoke(args=["token", "sweep"]).exit_code == 0
# |     assert count(app, TokenFamily, RefreshToken, RevokedToken) == [2, 2, 1]
# |     travel(timedelta(days=13))
# |     renewed(client, pair.refresh_token)
# |     travel(timedelta(days=15))
# |     sweep.invoke(args=["token", "sweep"])
# |     assert count(app, TokenFamily, RefreshToken, RevokedToken) == [1, 1, 0]
# |     travel(timedelta(days=28))
# |     sweep.invoke(args=["token", "sweep"])
# |     assert count(app, TokenFamily, RefreshToken, RevokedToken) == [0, 0, 0]
# endregion sweep


def test_the_sweep_takes_ended_sessions_too(
    app: Flask, log_in: Callable[[str], object], ada: User, travel: Travel
) -> None:
    log_in("ada")
    travel(timedelta(days=2))
    app.test_cli_runner().invoke(args=["token", "sweep"])
    assert count(app, UserSession) == [0]
