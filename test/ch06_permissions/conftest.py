"""Users with roles, and browsers in which they are logged in."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from apps.permission import domain
from apps.user import domain as accounts
from apps.user.models import User

PASSWORD = "plover lantern quince"
MakeUser = Callable[..., User]
LogIn = Callable[[User | None], FlaskClient]


@pytest.fixture
def make_user(app: Flask) -> MakeUser:
    """Make an account with these roles, given by the command line."""

    def make(name: str, roles: list[str] | None = None) -> User:
        with app.app_context():
            address = f"{name.encode().hex()}@example.org"
            user = accounts.register(name, address, PASSWORD)
            for role in roles or []:
                assert domain.grant(user.id, role)
        return user

    return make


@pytest.fixture
def log_in(app: Flask) -> LogIn:
    """Return a browser in which this user is logged in; None is a stranger's."""

    def browser(user: User | None) -> FlaskClient:
        client = app.test_client()
        if user:
            answer = client.post(
                "/user/login",
                json={"name": user.name, "password": PASSWORD},
                headers={"Sec-Fetch-Site": "same-origin"},
            )
            assert answer.status_code == 200, answer.text
        return client

    return browser


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """What the app's database is asked, as it is asked."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)
