"""MongoDB is away, hangs, is full or speaks nonsense: what is said, what is kept."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import encode
from flask import Flask
from flask.testing import FlaskClient
from pymongo import monitoring
from pymongo.errors import OperationFailure, PyMongoError
from servers.mongo import MongoServer

from apps import create_app
from apps.note import domain
from apps.note.domain import NoteChanged
from apps.store import mongo
from apps.store.mongo_errors import is_outage
from apps.user.models import User

ADA = User(id=1, name="ada")
WAIT_SECONDS = 30


class Answered(monitoring.ServerHeartbeatListener):
    """Waits until the app's client has met its server again."""

    def __init__(self) -> None:
        self.again = threading.Event()

    def started(self, event: object) -> None: ...

    def succeeded(self, event: object) -> None:
        self.again.set()

    def failed(self, event: object) -> None:
        self.again.clear()


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Answered:
    """Hear when the client of an app that is made from now on meets its server."""
    found, make = Answered(), mongo.MongoClient

    def listen(*args: Any, **kwargs: Any) -> Any:
        return make(*args, event_listeners=[found], **kwargs)

    monkeypatch.setattr(mongo, "MongoClient", listen)
    monkeypatch.setattr(mongo, "ASK_AGAIN_SECONDS", 0.5)
    return found


def test_a_mongodb_that_stops_and_starts_again(
    both_mongo: str,
    mongo_server: MongoServer,
    answered: Answered,
    own_app: Flask,
    client: FlaskClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with own_app.app_context():
        note = domain.write(ADA, part="auth/", body="Why?")
        assert client.get("/health").json == {"status": "ok"}
        mongo_server.stop()
        try:
            with mongo.best_effort("notes on a page"):
                domain.on_part("auth/", ADA)
            assert "no notes on a page, MongoDB is away: " in caplog.text
            with pytest.raises(PyMongoError) as caught:
                domain.write(ADA, part="auth/", body="Lost")
            assert is_outage(caught.value)
            answer = client.get("/health")
            assert (answer.status_code, answer.json["away"]) == (200, "mongo")
            assert client.get("/health/ready").status_code == 503
            answered.again.clear()
        finally:
            mongo_server.start()
        assert answered.again.wait(WAIT_SECONDS)
        assert domain.on_part("auth/", ADA) == [note]
        assert domain.write(ADA, part="auth/", body="There again")
        assert client.get("/health/ready").json == {"status": "ready"}


def test_who_knows_that_mongodb_is_away_does_not_wait(
    settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "TIMEOUT_SECONDS", 0.05)
    url = "mongodb://%2Fdev%2Fnull%2Fmongo.sock/app"
    app = create_app(settings | {"MONGO_URL": url})
    with app.app_context():
        with pytest.raises(PyMongoError, match="Timeout"):
            mongo.ping()
        with pytest.raises(
            PyMongoError, match=r"^/dev/null/mongo.sock: \[Errno"
        ) as now:
            mongo.database()
    assert is_outage(now.value)


def test_a_page_waits_two_seconds_for_mongodb(app: Flask) -> None:
    options = app.extensions["mongo"].options
    assert options.timeout == 2.0
    assert options.pool_options.max_pool_size >= 10


def test_what_can_not_be_kept_is_503(
    settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "TIMEOUT_SECONDS", 0.05)
    url = "mongodb://%2Fdev%2Fnull%2Fmongo.sock/app"
    app = create_app(
        settings | {"MONGO_URL": url, "PROPAGATE_EXCEPTIONS": False, "TESTING": False}
    )

    def write() -> str:
        return domain.write(ADA, part="auth/", body="Why?").id

    def nonsense() -> str:
        raise OperationFailure("no such operator", 2)

    for view in (write, nonsense):
        view.is_public = True  # type: ignore[attr-defined]
        app.get(f"/{view.__name__}")(view)
    client = app.test_client()
    answer = client.get("/write")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "This can't be kept at the moment." in answer.text
    assert client.get("/nonsense").status_code == 500


def hello() -> bytes:
    """Return what a server says first, as it goes over the wire."""
    told = {"ok": 1, "helloOk": True, "isWritablePrimary": True, "maxWireVersion": 21}
    body = b"\0" * 4 + b"\0" + encode({**told, "minWireVersion": 0})
    return struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body


@contextlib.contextmanager
def serve(answers: Callable[[int], bytes | None]) -> Iterator[str]:
    """Listen as a MongoDB that says this to its first, second ... question."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def converse(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                for number in range(1000):
                    header = connection.recv(16, socket.MSG_WAITALL)
                    if len(header) < 16:
                        return
                    (length, request) = struct.unpack("<ii", header[:8])
                    connection.recv(length - 16, socket.MSG_WAITALL)
                    answer = answers(number)
                    if answer is None:  # it hangs
                        continue
                    if answer[12:16] in (b"\xdd\x07\0\0",):
                        answer = answer[:8] + struct.pack("<i", request) + answer[12:]
                    connection.sendall(answer)

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=converse, args=[connection]).start()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"mongodb://127.0.0.1:{listener.getsockname()[1]}/app"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    "answers",
    [
        lambda number: None,
        lambda number: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        lambda number: None if number else hello(),
        lambda number: b"\xff" * 32 if number else hello(),
        lambda number: hello()[:20] + b"\0" * 60 if number else hello(),
    ],
    ids=["hangs", "nonsense", "hangs later", "nonsense later", "no document later"],
)
def test_a_mongodb_that_hangs_or_speaks_nonsense_is_away(
    settings: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
    answers: Callable[[int], bytes | None],
) -> None:
    monkeypatch.setattr(mongo, "TIMEOUT_SECONDS", 0.2)
    with serve(answers) as url:
        app = create_app(settings | {"MONGO_URL": url})
        with app.app_context():
            with pytest.raises(PyMongoError) as caught:
                domain.on_part("auth/", ADA)
            assert is_outage(caught.value)
            with mongo.best_effort("notes on a page"):
                domain.on_part("auth/", ADA)
        assert app.test_client().get("/health").json["away"] == "mongo"
        app.extensions["mongo"].close()


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (OperationFailure("database or disk is full", 8), True),
        (OperationFailure("no space", 14031), True),
        (OperationFailure("wrong password", 18), True),
        (OperationFailure("unknown operator: $no", 2), False),
    ],
)
def test_a_full_disk_is_an_outage_and_nonsense_is_not(
    error: PyMongoError, outage: bool
) -> None:
    assert is_outage(error) is outage


@pytest.mark.real_parts
def test_what_was_acknowledged_outlives_kill_9_in_the_middle_of_writes(
    both_mongo: str, mongo_server: MongoServer, answered: Answered, own_app: Flask
) -> None:
    acknowledged: list[str] = []
    enough = threading.Event()

    def write() -> None:
        with own_app.app_context(), contextlib.suppress(PyMongoError):
            for number in range(1000):
                note = domain.write(ADA, part="auth/", body=f"Note {number}")
                acknowledged.append(note.id)
                if len(acknowledged) > 50:
                    enough.set()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(WAIT_SECONDS)
    mongo_server.stop()
    for thread in threads:
        thread.join()
    answered.again.clear()
    mongo_server.start()
    assert answered.again.wait(WAIT_SECONDS)
    with own_app.app_context():
        for note_id in acknowledged:
            assert domain.find(note_id, ADA).version == 1


@pytest.mark.real_parts
def test_of_many_who_change_a_version_one_succeeds(own_app: Flask) -> None:
    # Not on FerretDB: its version 1 looks for a document and changes it in two steps.
    with own_app.app_context():
        note = domain.write(ADA, part="auth/", body="Why?")
    begin, done = threading.Barrier(8), []

    def change(body: str) -> None:
        with own_app.app_context():
            begin.wait(WAIT_SECONDS)
            with contextlib.suppress(NoteChanged):
                new = {"body": body, "tags": [], "shared": False, "version": 1}
                done.append(domain.rewrite(note.id, ADA, **new))

    threads = [threading.Thread(target=change, args=[f"{n}"]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with own_app.app_context():
        assert done == [domain.find(note.id, ADA)]
        assert done[0].version == 2
