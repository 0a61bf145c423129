"""Whoever has a role may give it up."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from werkzeug.test import TestResponse

from apps import create_app
from apps.permission import backend, domain, queries
from apps.store.database import db
from apps.user import domain as accounts
from apps.user.models import User

PHRASE = "lantern quince 7"
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An app with a database of its own."""
    settings = {
        "APP_CONFIG": "testing",
        "CHAPTERS_FOLDER": tmp_path / "chapters",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'lectern.db'}",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path / "instance",
    }
    (tmp_path / "chapters").mkdir()
    app = create_app(settings)
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def make_user(app: Flask) -> Callable[..., User]:
    """Make an account with these roles."""

    def make(name: str, *roles: str) -> User:
        with app.app_context():
            user = accounts.register(name, f"{name}@example.org", PHRASE)
            for role in roles:
                domain.grant(user.id, role)
        return user

    return make


def log_in(app: Flask, user: User) -> FlaskClient:
    """Return a browser in which the user is logged in."""
    client = app.test_client()
    login = {"name": user.name, "password": PHRASE}
    answer = client.post("/user/login", json=login, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return client


def send(client: FlaskClient, user: User, action: str, role: str) -> TestResponse:
    """Send what a button of a user's page sends, whether or not there is one."""
    found = TOKEN.search(client.get("/account", headers=BROWSER).text)
    assert found
    form = {"csrf_token": found[1], "action": action, "role": role}
    return client.post(f"/admin/user/{user.id}/role", data=form, headers=BROWSER)


def buttons(client: FlaskClient, user: User) -> list[tuple[str, str]]:
    """List the buttons of a user's page: what they do, and to which role."""
    page = client.get(f"/admin/user/{user.id}", headers=BROWSER).text
    forms = re.findall(r'action="/admin/user/\d+/role"(.*?)</form>', page, re.DOTALL)
    name, action = r'name="role" value="(\w+)"', r'name="action" value="(\w+)"'
    found = [(re.search(action, one), re.search(name, one)) for one in forms]
    return [(what[1], role[1]) for what, role in found if what and role]


def roles(app: Flask, user: User) -> list[str]:
    """Read a user's roles."""
    with app.app_context():
        return backend.roles(user.id)


def test_a_role_is_given_up(app: Flask, make_user: Callable[..., User]) -> None:
    """Users see a button for each role they have, and it takes the role away."""
    bob = make_user("bob", "author", "moderator")
    client = log_in(app, bob)
    assert buttons(client, bob) == [("revoke", "author"), ("revoke", "moderator")]
    assert send(client, bob, "revoke", "author").status_code == 303
    assert roles(app, bob) == ["moderator"]


def test_nothing_else_is_open(app: Flask, make_user: Callable[..., User]) -> None:
    """Nobody grants themselves a role, or takes away somebody else's."""
    ada, bob = make_user("ada", "author"), make_user("bob", "moderator")
    client = log_in(app, bob)
    assert send(client, bob, "grant", "admin").status_code == 403
    assert send(client, bob, "grant", "moderator").status_code == 403
    assert send(client, ada, "revoke", "author").status_code == 403
    assert buttons(client, ada) == []
    assert roles(app, ada) == ["author"]
    assert buttons(client, bob) == [("revoke", "moderator")]
    assert send(client, bob, "revoke", "moderator").status_code == 303


def test_the_last_admin_stays(app: Flask, make_user: Callable[..., User]) -> None:
    """All may step down but the last admin: 409; an admin keeps all buttons."""
    ada, bob = make_user("ada", "admin"), make_user("bob")
    cleo = make_user("cleo", "author")
    assert send(log_in(app, cleo), cleo, "revoke", "author").status_code == 303
    client = log_in(app, ada)
    assert send(client, ada, "revoke", "admin").status_code == 409
    assert ("grant", "author") in buttons(client, bob)
    assert send(client, bob, "grant", "admin").status_code == 303
    assert send(client, ada, "revoke", "admin").status_code == 303
    assert roles(app, ada) == []


def test_the_audit_says_who(app: Flask, make_user: Callable[..., User]) -> None:
    """A row says that the user took the role from the user, by the page."""
    bob = make_user("bob", "author")
    assert send(log_in(app, bob), bob, "revoke", "author").status_code == 303
    with app.app_context():
        row = queries.changes()[0][0]
    assert row[2:] == ("page", "bob", "revoke", "bob", "author")


def test_the_rule_is_the_domains(app: Flask, make_user: Callable[..., User]) -> None:
    """Whoever calls the domain meets the same rule."""
    ada, bob = make_user("ada", "author"), make_user("bob", "author")
    with app.app_context():
        assert domain.revoke(bob.id, "author", actor=bob)
        with pytest.raises(domain.Forbidden):
            domain.grant(bob.id, "author", actor=bob)
        with pytest.raises(domain.Forbidden):
            domain.revoke(ada.id, "author", actor=bob)
