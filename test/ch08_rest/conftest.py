"""Programs that use the API."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.token import domain as tokens
from apps.user.models import User


@pytest.fixture
def api(app: Flask) -> Callable[..., FlaskClient]:
    """Make a program: `api(user)` sends the user's token, `api()` none."""

    def make(user: User | None = None) -> FlaskClient:
        client = app.test_client()
        if user is not None:
            with app.app_context():
                token = tokens.issue(user).fields()["access_token"]
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return make


@pytest.fixture
def ada(api: Callable[..., FlaskClient], make_user: Callable[..., User]) -> FlaskClient:
    """A program with a token of ada's."""
    return api(make_user("ada"))
