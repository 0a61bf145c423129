"""Indexes of notes: declared in code, made by a command, or while one develops."""

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from pymongo import monitoring
from servers.mongo import MongoServer

import run
from apps import create_app
from apps.note import backend, commands, domain
from apps.store import mongo
from apps.user.models import User

ALL = "Indexes of notes made: author_id; part, author_id; part\n"
AWAY = "mongodb://%2Fdev%2Fnull%2Fmongo.sock/app"


@pytest.fixture
def server(both_mongo: str, mongo_server: MongoServer) -> Iterator[MongoServer]:
    """A server without notes and without indexes."""
    database = mongo_server.client.get_default_database("lectern")
    database.drop_collection("notes")
    return mongo_server


def test_the_command_makes_what_is_missing_and_says_so(
    server: MongoServer, app: Flask
) -> None:
    call = app.test_cli_runner().invoke
    assert call(args=["note", "indexes"]).output == ALL
    answer = call(args=["note", "indexes"])
    assert answer.output == "All indexes of notes are there.\n"
    notes = server.client.get_default_database("lectern")["notes"]
    keys = [list(index["key"]) for index in notes.list_indexes()]
    assert sorted(keys) == sorted([["_id"], *backend.INDEXES])


def test_a_server_that_is_away_is_one_line(
    settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "ANSWER_SECONDS", 0.05)
    app = create_app(settings | {"MONGO_URL": AWAY})
    answer = app.test_cli_runner().invoke(args=["note", "indexes"])
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: MongoDB can't be used: /dev/null/mongo.soc")
    assert answer.output.count("\n") == 1


def test_the_development_server_makes_them_unasked(
    server: MongoServer, app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.prepare(app, "production")
    assert capsys.readouterr().out == ""
    commands.prepare(app, "development")
    assert capsys.readouterr().out == ALL
    commands.prepare(app, "development")
    assert capsys.readouterr().out == ""


def test_the_development_server_starts_without_mongodb(
    settings: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(commands, "START_SECONDS", 0.05)
    commands.prepare(create_app(settings | {"MONGO_URL": AWAY}), "development")
    assert "no new indexes of notes, MongoDB is away: /dev/null" in caplog.text


def test_the_development_server_makes_them_once_and_not_after_each_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    monkeypatch.setattr(run, "create_app", lambda flags: flags)
    monkeypatch.setattr(run, "prepare", lambda app, name: None)
    monkeypatch.setattr(run.development, "serve", lambda app: None)
    monkeypatch.setattr(commands, "prepare", lambda app, name: made.append(name))
    call, command = CliRunner().invoke, ["debug_server", "--config", "development"]
    assert call(run.main, command).exit_code == 0
    monkeypatch.setenv(run.reloading.SOCKET_VARIABLE, "3")  # as a worker has it
    assert call(run.main, command).exit_code == 0
    assert made == ["development"]


def test_every_question_about_notes_begins_an_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(backend, "_list", lambda wanted, most: asked.append(wanted))
    backend.by_author(1, 1, "0" * 24, "auth/", "tag")
    backend.on_part("auth/", 1, 1)
    for wanted in asked:
        assert any(set(fields) <= set(wanted) for fields in backend.INDEXES), wanted


class Asked(monitoring.CommandListener):
    """Keeps what the app's client asks its server for."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.commands.append(dict(event.command) | {"name": event.command_name})

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


def test_nx_27017_answers_every_question_about_notes_by_an_index(
    mongo_server: MongoServer,
    settings: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, make = Asked(), mongo.MongoClient
    monkeypatch.setattr(
        mongo, "MongoClient", lambda *a, **k: make(*a, **k, event_listeners=[asked])
    )
    ada = User(id=1)
    with create_app(settings).app_context():
        backend.make_indexes()
        first = domain.write(ada, part="auth/", body="Why?")
        asked.commands.clear()
        second = domain.write(ada, part="auth/", body="Ends when?")
        assert domain.mine(ada, after=second.id).notes == [first]
        assert domain.mine(ada, part="auth/", after=second.id).notes == [first]
        assert domain.on_part("auth/", ada) == [second, first]
    names = [command["name"] for command in asked.commands]
    # No `aggregate`, by which PyMongo counts: that reads every note.
    assert names == ["find", "insert", "find", "find", "find"]
    notes = mongo_server.client.get_default_database("lectern")["notes"]
    for command in asked.commands:
        if command["name"] == "find":
            question = notes.find(command["filter"], sort=command.get("sort"))
            plan = question.explain()["queryPlanner"]["winningPlan"]
            assert plan[0]["detail"].startswith("SEARCH notes USING INDEX"), command
