"""Signals: who listens hears what happens to an account, and can prevent it."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.user import domain
from apps.user.models import User
from apps.user.signals import password_changed, user_deleted

PASSWORD = "correct horse battery"
ANOTHER = "staple and gun powder"

LogIn = Callable[[str], FlaskClient]
MakeUser = Callable[..., User]


def refuse(user: User) -> None:
    raise RuntimeError(f"{user.name} can't be forgotten")


def test_a_subscriber_is_told_who_is_deleted_while_the_row_is_there(
    app: Flask, make_user: MakeUser
) -> None:
    ada = make_user("ada")
    told = []

    def listen(user: User) -> None:
        told.append((user.id, domain.find("ada") is not None))

    with app.app_context(), user_deleted.connected_to(listen):
        domain.delete(domain.log_in("ada", PASSWORD))
        assert domain.find("ada") is None
    assert told == [(ada.id, True)]


def test_a_subscriber_that_fails_keeps_the_account(
    both: str, app: Flask, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client = log_in("ada")
    failing = user_deleted.connected_to(refuse)
    with app.app_context(), failing, pytest.raises(RuntimeError):
        domain.delete(domain.log_in("ada", PASSWORD))
    assert client.get("/user/me").status_code == 200


def test_a_subscriber_that_fails_keeps_the_password(
    both: str, app: Flask, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user("ada")
    client = log_in("ada")
    failing = password_changed.connected_to(refuse)
    with app.app_context(), failing, pytest.raises(RuntimeError):
        domain.change_password(domain.log_in("ada", PASSWORD), PASSWORD, ANOTHER)
    assert client.get("/user/me").status_code == 200
    assert log_in("ada").get("/user/me").status_code == 200
