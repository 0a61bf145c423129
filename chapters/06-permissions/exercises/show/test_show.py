"""`flask user show NAME`: what somebody may do, and why."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event

from apps import create_app
from apps.permission import domain
from apps.store.database import db
from apps.user import domain as accounts


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An app in which bob is a moderator and ada an author."""
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
        for name, role in [("bob", "moderator"), ("ada", "author")]:
            user = accounts.register(name, f"{name}@example.org", "lantern quince 7")
            domain.grant(user.id, role)
        yield app
        db.session.remove()
        db.engine.dispose()


def show(app: Flask, name: str) -> Result:
    """Type `flask user show NAME`."""
    return app.test_cli_runner().invoke(args=["user", "show", name])


def test_each_permission_is_a_line(app: Flask) -> None:
    """A user's permissions are listed by name, one to a line."""
    for name in ("bob", "bob@example.org"):
        answer = show(app, name)
        assert answer.exit_code == 0, answer.output
        found = [line.split()[0] for line in answer.output.splitlines()]
        assert found == ["note.delete", "note.write", "user.list"]


def test_each_permission_says_why(app: Flask) -> None:
    """Behind a permission stand the roles from which the user has it."""
    assert show(app, "bob").output.splitlines() == [
        "note.delete (moderator)",
        "note.write (moderator, reader)",
        "user.list (moderator)",
    ]
    assert show(app, "ada").output.splitlines() == [
        "file.upload (author)",
        "note.write (author, reader)",
    ]


def test_who_is_not_there_is_one_line(app: Flask) -> None:
    """An unknown name is refused with one line and the exit code 1."""
    answer = show(app, "cid")
    assert (answer.exit_code, answer.output) == (1, "Error: There is no user 'cid'.\n")


def test_it_asks_three_times_at_most(app: Flask) -> None:
    """No more than three queries are needed."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    assert show(app, "bob").exit_code == 0
    assert 1 <= len(asked) <= 3, asked
