"""Access tokens: which count, and what the answer is to all others."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from apps.store.database import db
from apps.token.keys import KeyFile
from apps.user import domain as users
from apps.user.models import User

if TYPE_CHECKING:  # see conftest.py
    from apps.token.domain import Pair

PASSWORD = "correct horse battery"
AUTH = ("ada", PASSWORD)
NEW_PASSWORD = "staple after staple"

CLAIMS = {"iss", "aud", "sub", "iat", "nbf", "exp", "jti", "family"}

Status = Callable[[str], int]
Forge = Callable[..., str]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def in_seconds(seconds: float) -> int:
    return int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp())


def unsigned(header: object, claims: object, signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts)


def test_a_token_says_who_calls(client: FlaskClient, pair: Pair) -> None:
    answer = client.get("/user/me", headers=bearer(pair.access_token))
    assert answer.status_code == 200
    assert answer.json["name"] == "ada"
    assert "Set-Cookie" not in answer.headers


def test_a_token_carries_all_the_claims_for_fifteen_minutes(
    pair: Pair, ada: User, keys: KeyFile
) -> None:
    claims = jwt.decode(pair.access_token, options={"verify_signature": False})
    header = jwt.get_unverified_header(pair.access_token)
    assert set(claims) == CLAIMS
    assert claims["sub"] == str(ada.id)
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert claims["nbf"] == claims["iat"]
    assert header == {"alg": "HS256", "typ": "JWT", "kid": keys.signing()[0]}


def test_a_token_written_by_us_counts(status: Status, forge: Forge) -> None:
    assert status(forge()) == 200


@pytest.mark.parametrize("way", ["none", "None", "NONE", "nOnE", ""])
def test_alg_none_does_not_count(
    status: Status, pair: Pair, keys: KeyFile, way: str
) -> None:
    claims = jwt.decode(pair.access_token, options={"verify_signature": False})
    header = {"alg": way, "typ": "JWT", "kid": keys.signing()[0]}
    assert status(unsigned(header, claims)) == 401
    own_signature = pair.access_token.rpartition(".")[2]
    assert status(f"{unsigned(header, claims)}{own_signature}") == 401


@pytest.mark.parametrize("way", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_key_does_not_count(
    status: Status, forge: Forge, keys: KeyFile, way: str
) -> None:
    assert status(forge(keys.signing()[1] * 2, way)) == 401
    assert status(forge(keys.signing()[1], way)) == 401


def test_a_key_confused_with_its_id_does_not_count(
    status: Status, forge: Forge, keys: KeyFile
) -> None:
    kid = keys.signing()[0]
    assert status(forge(kid.ljust(64, "\0"))) == 401


def test_an_asymmetric_algorithm_over_a_shared_key_does_not_count(
    status: Status, forge: Forge, keys: KeyFile
) -> None:
    _, body, signature = forge().split(".")
    for way in ("RS256", "ES256", "PS256", "EdDSA"):
        header = {"alg": way, "kid": keys.signing()[0]}
        head = unsigned(header, {}).split(".")[0]
        assert status(f"{head}.{body}.{signature}") == 401


def test_a_token_signed_with_the_secret_of_the_cookies_does_not_count(
    status: Status, forge: Forge, app: Flask
) -> None:
    assert status(forge(app.config["SECRET_KEY"])) == 401


def test_a_token_signed_with_one_key_under_the_id_of_another_does_not_count(
    status: Status, forge: Forge, keys: KeyFile
) -> None:
    old, _ = keys.signing()
    keys.rotate(datetime.now(UTC))
    assert status(forge(kid=old)) == 401
    assert status(forge()) == 200


@pytest.mark.parametrize("embedded", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_the_token_brings_along_is_not_used(
    status: Status, pair: Pair, keys: KeyFile, embedded: str
) -> None:
    key = os.urandom(32).hex()
    claims = jwt.decode(pair.access_token, options={"verify_signature": False})
    brought = {"kty": "oct", "k": key} if embedded == "jwk" else "https://example.org/"
    header = {"kid": keys.signing()[0], embedded: brought}
    assert status(jwt.encode(claims, key, "HS256", headers=header)) == 401


@pytest.mark.parametrize(
    "kid", ["unknown", "", "../../etc/passwd", "0", "' OR 1=1 --", "k" * 500]
)
def test_an_unknown_kid_does_not_count(status: Status, forge: Forge, kid: str) -> None:
    assert status(forge(kid=kid)) == 401


@pytest.mark.parametrize("kid", [None, 1, True, ["a"], {"a": 1}])
def test_a_kid_that_is_no_text_does_not_count(
    status: Status, pair: Pair, kid: object
) -> None:
    claims = jwt.decode(pair.access_token, options={"verify_signature": False})
    assert status(unsigned({"alg": "HS256", "kid": kid}, claims, b"x" * 32)) == 401
    assert status(unsigned({"alg": "HS256"}, claims, b"x" * 32)) == 401


@pytest.mark.parametrize(
    "audience", ["other", "", "lectern-admin", ["lectern"], ["other", "lectern"], 1]
)
def test_a_foreign_audience_does_not_count(
    status: Status, forge: Forge, audience: object
) -> None:
    assert status(forge(aud=audience)) == 401


@pytest.mark.parametrize("issuer", ["other", "", "lectern/", "LECTERN"])
def test_a_foreign_issuer_does_not_count(
    status: Status, forge: Forge, issuer: object
) -> None:
    assert status(forge(iss=issuer)) == 401


def test_a_token_of_an_app_with_another_audience_does_not_count(
    own_app: Flask, status: Status, pair: Pair
) -> None:
    own_app.config["TOKEN_AUDIENCE"] = "another reading room"
    assert status(pair.access_token) == 401


def test_an_expired_token_does_not_count_and_is_told_so(
    client: FlaskClient, forge: Forge
) -> None:
    answer = client.get("/user/me", headers=bearer(forge(exp=in_seconds(-6))))
    assert answer.status_code == 401
    challenge = answer.www_authenticate
    assert challenge["error"] == "invalid_token"
    assert challenge["error_description"] == "the token has expired"


def test_clocks_may_differ_by_some_seconds(status: Status, forge: Forge) -> None:
    assert status(forge(exp=in_seconds(-1))) == 200
    assert status(forge(nbf=in_seconds(3), iat=in_seconds(3))) == 200


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_token_that_is_not_yet_valid_does_not_count(
    status: Status, forge: Forge, claim: str
) -> None:
    assert status(forge(**{claim: in_seconds(60)})) == 401


@pytest.mark.parametrize("claim", sorted(CLAIMS))
def test_a_token_without_one_claim_does_not_count(
    status: Status, forge: Forge, claim: str
) -> None:
    assert status(forge(**{claim: None})) == 401


@pytest.mark.parametrize(
    "value", [[], {}, "", "x", 10**400, -1, True, "0" * 64], ids=lambda v: str(v)[:9]
)
@pytest.mark.parametrize("claim", ["sub", "iat", "nbf", "exp", "jti", "family"])
def test_a_claim_of_the_wrong_kind_is_never_a_failure_of_ours(
    app: Flask, keys: KeyFile, pair: Pair, claim: str, value: object
) -> None:
    claims = jwt.decode(pair.access_token, options={"verify_signature": False})
    kid, key = keys.signing()
    header = {"alg": "HS256", "typ": "JWT", "kid": kid}
    text = json.dumps(claims | {claim: value}).encode()
    token = jwt.api_jws.encode(text, key, "HS256", headers=header)
    answer = app.test_client().get("/user/me", headers=bearer(token))
    possible = {401} if claim in ("sub", "family") else {200, 401}
    assert answer.status_code in possible


def test_a_tampered_token_does_not_count(status: Status, pair: Pair) -> None:
    head, body, signature = pair.access_token.split(".")
    claims = jwt.decode(pair.access_token, options={"verify_signature": False})
    other = unsigned({}, claims | {"sub": "2"}).split(".")[1]
    flipped = ("B" if signature[5] == "A" else "A").join([signature[:5], signature[6:]])
    for token in (
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{flipped}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature[:-2]}",
        f"{head}.{body}.{signature}.{signature}",
        f".{body}.{signature}",
        f"{head}..{signature}",
    ):
        assert status(token) == 401, token


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer  ",
        "Bearer .",
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer a=b",
        "Bearer caf\u00e9",
        "Bearer \u00ff\u00fe.\u00ff.\u00ff",
        "Digest a",
        "Basic",
        "Basic x",
        "Basic AAAA",
        "Basic " + base64.b64encode(b"ada:" + PASSWORD.encode()).decode(),
        "Token x",
        "",
        " ",
        ",",
        "Bearer " + "[" * 1900,
        "Bearer " + base64.b64encode(b"[" * 1400).decode() + ".e30.AA",
    ],
)
def test_a_header_without_a_good_token_is_401_whatever_it_holds(
    client: FlaskClient, ada: User, header: str
) -> None:
    answer = client.get("/user/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.www_authenticate.type == "bearer"


def test_a_huge_token_is_refused_before_it_is_read(
    status: Status, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = forge(more="x" * 2000)
    read: list[str] = []
    decode = jwt.get_unverified_header
    monkeypatch.setattr(jwt, "get_unverified_header", lambda t: read.append(t))
    assert status(huge) == 401
    assert status("a." * 5_000) == 401
    assert status("a." * 500_000) == 431
    assert read == []
    monkeypatch.setattr(jwt, "get_unverified_header", decode)
    assert status(forge(more="x" * 100)) == 200


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization", "jwt"])
def test_a_token_in_the_url_or_the_body_does_not_count(
    client: FlaskClient, pair: Pair, name: str
) -> None:
    token = pair.access_token
    assert client.get("/user/me", query_string={name: token}).status_code == 401
    here = {"Sec-Fetch-Site": "same-origin"}
    answer = client.post("/user/password", json={name: token}, headers=here)
    assert answer.status_code == 401


def test_a_token_in_a_cookie_does_not_count(client: FlaskClient, pair: Pair) -> None:
    for name in ("session", "remember_token", "access_token", "Authorization"):
        client.set_cookie(name, pair.access_token)
    assert client.get("/user/me").status_code == 401


def test_no_token_reaches_a_log(
    app: Flask,
    client: FlaskClient,
    pair: Pair,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    signature = pair.access_token.rpartition(".")[2]
    client.get("/user/me", headers=bearer(pair.access_token))
    client.get("/user/me", headers=bearer(pair.access_token + "x"))
    client.get("/user/me", query_string={"access_token": pair.access_token})
    client.post("/user/token/refresh", json={"refresh_token": pair.refresh_token})
    client.post("/user/token", auth=("ada", "not the password"))
    files = Path(app.instance_path).rglob("*.log")
    printed = "".join([*capfd.readouterr(), *(f.read_text("utf-8") for f in files)])
    for secret in (signature, pair.refresh_token, "not the password", PASSWORD):
        assert secret not in printed


def test_a_bearer_request_asks_the_database_once(
    app: Flask, client: FlaskClient, pair: Pair
) -> None:
    asked: list[str] = []

    def note(_1: object, _2: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    client.get("/user/me", headers=bearer(pair.access_token))
    event.remove(engine, "before_cursor_execute", note)
    assert len(asked) == 1


def test_a_deleted_users_token_does_not_count(
    app: Flask, status: Status, pair: Pair, ada: User
) -> None:
    with app.app_context():
        users.delete(ada)
    assert status(pair.access_token) == 401


def test_a_changed_password_revokes_every_token(
    client: FlaskClient, status: Status, pair: Pair
) -> None:
    answer = client.post(
        "/user/password",
        json={"old_password": PASSWORD, "new_password": NEW_PASSWORD},
        headers=bearer(pair.access_token),
    )
    assert answer.status_code in (200, 204)
    assert status(pair.access_token) == 401
    again = {"refresh_token": pair.refresh_token}
    assert client.post("/user/token/refresh", json=again).status_code == 401
    assert client.post("/user/token", auth=AUTH).status_code == 401
    assert client.post("/user/token", auth=("ada", NEW_PASSWORD)).status_code == 200


def test_tokens_survive_a_rotation_and_end_with_their_key(
    app: Flask, status: Status, pair: Pair, keys: KeyFile, client: FlaskClient
) -> None:
    old, _ = keys.signing()
    keys.rotate(datetime.now(UTC))
    assert status(pair.access_token) == 200
    second = client.post("/user/token", auth=AUTH).json["access_token"]
    assert jwt.get_unverified_header(second)["kid"] != old
    keys.retire(old, datetime.now(UTC) + timedelta(hours=1), timedelta(minutes=15))
    assert status(pair.access_token) == 401
    assert status(second) == 200


def test_a_rotation_by_the_command_reaches_an_app_that_is_running(
    root: Path, app: Flask, client: FlaskClient, status: Status, pair: Pair
) -> None:
    told = {"APP_CONFIG": "testing", "INSTANCE_FOLDER": app.instance_path}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "apps", "keys", "rotate"],
        cwd=root,
        env={**os.environ, **told, "ENV_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=True,
    )
    token = client.post("/user/token", auth=AUTH).json["access_token"]
    assert jwt.get_unverified_header(token)["kid"] in done.stdout
    assert status(token) == 200
    assert status(pair.access_token) == 200


# One header or one session


def log_in(client: FlaskClient, name: str = "ada") -> None:
    answer = client.post(
        "/user/login",
        json={"name": name, "password": PASSWORD},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 200, answer.text


def test_a_session_or_a_token_comes_in_and_a_stranger_does_not(
    client: FlaskClient, pair: Pair
) -> None:
    refused = client.get("/user/me")
    assert refused.status_code == 401
    assert refused.mimetype == "application/problem+json"
    assert refused.www_authenticate.type == "bearer"
    assert refused.www_authenticate["realm"] == "lectern"
    assert "error" not in refused.www_authenticate  # RFC 6750: nothing was wrong
    assert client.get("/user/me", headers=bearer(pair.access_token)).status_code == 200
    assert client.get("/user/me").status_code == 401  # a token leaves no session behind
    log_in(client)
    assert client.get("/user/me").status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic x", "x", "Basic YWRhOng="])
def test_where_there_is_a_header_only_that_counts(
    client: FlaskClient, ada: User, header: str
) -> None:
    log_in(client)
    answer = client.get("/user/me", headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_token_beside_another_readers_session_is_who_calls(
    app: Flask, client: FlaskClient, pair: Pair
) -> None:
    with app.app_context():
        users.register("bob", "bob@example.org", PASSWORD)
    log_in(client, "bob")
    headers = bearer(pair.access_token)
    assert client.get("/user/me", headers=headers).json["name"] == "ada"
    assert client.get("/user/me").json["name"] == "bob"


def test_a_remember_cookie_does_not_stand_before_a_token(
    client: FlaskClient, pair: Pair
) -> None:
    client.set_cookie("remember_token", "1|x")
    answer = client.get("/user/me", headers=bearer(pair.access_token))
    assert answer.status_code == 200


def test_every_401_says_how_to_ask(client: FlaskClient, ada: User) -> None:
    body = {"name": "ada", "password": "not the password"}
    here = {"Sec-Fetch-Site": "same-origin"}
    answer = client.post("/user/login", json=body, headers=here)
    assert answer.status_code == 401
    assert answer.www_authenticate.type == "bearer"


def test_a_challenge_has_its_values_in_quotes(client: FlaskClient, pair: Pair) -> None:
    def challenge(header: str) -> str:
        answer = client.get("/user/me", headers={"Authorization": header})
        return answer.headers["WWW-Authenticate"]

    fault = 'error="invalid_token", error_description="the token is not valid"'
    assert challenge(f"Bearer {pair.access_token}x") == (
        f'Bearer realm="lectern", {fault}'
    )
    assert challenge("Basic x") == 'Bearer realm="lectern"'
    asked = client.post("/user/token", auth=("ada", "x")).headers["WWW-Authenticate"]
    assert asked == 'Basic realm="lectern", charset="UTF-8"'
