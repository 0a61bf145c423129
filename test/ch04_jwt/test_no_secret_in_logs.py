"""No token reaches a log, nor what it is obtained with."""

import base64
from collections.abc import Callable

from flask import Flask

PASSWORD = "correct horse battery"
OWN = {"Origin": "http://localhost"}


def test_tokens_are_in_no_log(talkative: Flask, logged: Callable[[], str]) -> None:
    client = talkative.test_client()
    ada = {"name": "ada", "email": "ada@example.org", "password": PASSWORD}
    assert client.post("/user/register", json=ada, headers=OWN).status_code == 201
    basic = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    given = client.post("/user/token", headers={"Authorization": f"Basic {basic}"})
    access, refresh = given.json["access_token"], given.json["refresh_token"]
    bearer = {"Authorization": f"Bearer {access}"}
    assert client.get("/user/me", headers=bearer).status_code == 200
    assert client.get(f"/user/me?access_token={access}").status_code == 401
    body = {"refresh_token": refresh}
    rotated = client.post("/user/token/refresh", json=body, headers=OWN)
    secrets = [access, refresh, *rotated.json.values()]
    client.post("/user/token/refresh", json=body, headers=OWN)
    client.delete("/user/token", json=body, headers=bearer)
    tampered = {"Authorization": f"Bearer {access}x"}
    assert client.get("/user/me", headers=tampered).status_code == 401
    texts = [one for one in secrets if isinstance(one, str) and len(one) > 20]
    assert len(texts) == 4
    text = logged()
    assert not [one for one in [PASSWORD, basic, *texts] if one in text]
