"""Readers with tokens, and what an attacker would make of those."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.token import domain
from apps.token.keys import KeyFile, key_file
from apps.user import domain as users
from apps.user.models import User

if TYPE_CHECKING:  # a reader has no Pair before part 3, and runs some tests in part 2
    from apps.token.domain import Pair

PASSWORD = "correct horse battery"
AUTH = ("ada", PASSWORD)


@pytest.fixture
def ada(app: Flask) -> User:
    """A reader."""
    with app.app_context():
        return users.register("ada", "ada@example.org", PASSWORD)


@pytest.fixture
def pair(client: FlaskClient, ada: User) -> Pair:
    """What ada gets for her password."""
    answer = client.post("/user/token", auth=AUTH)
    assert answer.status_code == 200, answer.text
    return domain.Pair(answer.json["access_token"], answer.json["refresh_token"])


@pytest.fixture
def keys(app: Flask) -> KeyFile:
    """The app's file of keys."""
    with app.app_context():
        return key_file()


@pytest.fixture
def status(app: Flask) -> Callable[..., int]:
    """Ask who we are with a token; return the status."""

    def ask(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return app.test_client().get("/user/me", headers=headers).status_code

    return ask


@pytest.fixture
def forge(pair: Pair, keys: KeyFile) -> Callable[..., str]:
    """Write a token as ada's is, but for some claims (None: without) or the way."""

    def write(
        key: Any = None, way: str = "HS256", kid: Any = None, **claims: Any
    ) -> str:
        real = jwt.decode(pair.access_token, options={"verify_signature": False})
        own_kid, own_key = keys.signing()
        kept = {k: v for k, v in (real | claims).items() if v is not None}
        header = {"kid": own_kid if kid is None else kid}
        signed_with = own_key if key is None else key
        return jwt.encode(kept, signed_with or None, way, headers=header)

    return write


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Move our clock; PyJWT's own stays."""
    begun = datetime.now(UTC)

    def go(by: timedelta) -> None:
        monkeypatch.setattr("apps.clock.now", lambda: begun + by)

    return go
