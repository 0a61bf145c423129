"""Files: uploaded with a token, private unless shared, gone when nobody has them."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ch07_nosql.files import GOOD, upload
from flask import Flask
from flask.testing import FlaskClient

from apps.permission import domain as permissions
from apps.user.models import User

LogIn = Callable[..., FlaskClient]
MakeUser = Callable[..., User]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def author(app: Flask, make_user: MakeUser, log_in: LogIn) -> LogIn:
    """Make somebody who may upload files, and log them in: `author("ada")`."""

    def make(name: str) -> FlaskClient:
        user = make_user(name)
        with app.app_context():
            permissions.grant(user.id, "author")
        return log_in(name)

    return make


@pytest.fixture
def ada(author: LogIn) -> FlaskClient:
    """An author."""
    return author("ada")


@pytest.fixture
def bob(author: LogIn) -> FlaskClient:
    """Another author."""
    return author("bob")


@pytest.fixture
def stored(app: Flask) -> Callable[[], list[Path]]:
    """List what is on the disk."""

    def listed() -> list[Path]:
        folder = Path(app.instance_path, "files")
        return sorted(path for path in folder.rglob("*") if path.is_file())

    return listed


def test_a_file_is_uploaded_and_read(
    both: str, ada: FlaskClient, stored: Callable[[], list[Path]]
) -> None:
    for name, (type, body) in GOOD.items():
        answer = upload(ada, name, type, body)
        assert answer.status_code == 201, answer.text
        assert (answer.json["name"], answer.json["type"]) == (name, type)
        got = ada.get(answer.location, buffered=True)
        assert (got.data, got.mimetype) == (body, type)
    hashes = {hashlib.sha256(body).hexdigest() for _, body in GOOD.values()}
    assert {path.name for path in stored()} == hashes
