"""The app's own Redis over kill -9 and without its folder; one that is too late."""

import contextlib
import fcntl
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_embedded import Embedded

from apps import create_app

NOT_SHOWN = "What has been read can't be shown at the moment."
BEGIN = """
import json, sys
from apps import create_app
from apps.progress import backend, domain
from apps.user.models import User
app = create_app(json.loads(sys.argv[1]))
with app.app_context():
"""
MARK = """
    for number in range(1_000_000):
        domain.mark(User(id=17), f"one/{number}")
        print(f"one/{number}", flush=True)
"""
READ = """
    print(json.dumps(list(backend.overview(17, 1)[0])))
"""


@pytest.fixture
def embedded(settings: dict[str, object]) -> Iterator[dict[str, object]]:
    """What an app is told to use a Redis of its own; none is left after the test."""
    told = settings | {"REDIS_URL": "embedded"}
    yield told
    with open(Path(str(told["INSTANCE_FOLDER"]), "embedded", "guardian.lock")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # when the guardian and its server have ended


@pytest.mark.real_parts
def test_kill_9_in_the_middle_of_marks_loses_none_that_was_acknowledged(
    embedded: dict[str, object], root: Path
) -> None:
    def command(program: str) -> list[str]:
        told = json.dumps(embedded, default=str)
        return [sys.executable, "-c", BEGIN + program, told]

    with subprocess.Popen(
        command(MARK), cwd=root, stdout=subprocess.PIPE, text=True
    ) as marking:
        assert marking.stdout
        acknowledged = {marking.stdout.readline().strip() for _ in range(100)}
        marking.kill()
        acknowledged.update(marking.stdout.read().split("\n")[:-1])  # whole lines
    read = subprocess.run(command(READ), cwd=root, stdout=subprocess.PIPE, check=True)
    assert len(acknowledged) >= 100
    assert acknowledged <= set(json.loads(read.stdout))


@pytest.mark.real_parts
def test_an_own_redis_without_its_folder_is_said_and_waited_for(
    embedded: dict[str, object],
    make_stranger: Callable[[Flask], FlaskClient],
    caplog: pytest.LogCaptureFixture,
) -> None:
    in_the_way = Path(str(embedded["INSTANCE_FOLDER"]), "embedded")
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("")
    app = create_app(embedded)
    client = make_stranger(app)
    assert NOT_SHOWN in client.get("/").text
    assert "Text one." in client.get("/chapter/one").text
    assert client.get("/health").json["away"] == "redis"
    assert f"did not start: File exists: {in_the_way}" in caplog.text
    in_the_way.unlink()
    assert NOT_SHOWN not in client.get("/").text
    assert client.get("/health").json == {"status": "ok"}
    Embedded().close(app)


class Late:
    """Stands before a Redis, and keeps its answers back while told to."""

    def __init__(self, path: str) -> None:
        """Listen for the Redis at a path."""
        self.path = path
        self.passes = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"
        self.open = [self.listener]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        """Take connections until the end."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.path)
                self.open += [client, server]
                for pair in ((client, server, None), (server, client, self.passes)):
                    threading.Thread(target=carry, args=pair, daemon=True).start()

    def close(self) -> None:
        """End all connections."""
        self.passes.set()
        for one in self.open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def carry(
    here: socket.socket, there: socket.socket, when: threading.Event | None
) -> None:
    """Carry what comes here to there, as soon as that may pass."""
    with contextlib.suppress(OSError):
        while data := here.recv(65536):
            if when:
                when.wait()
            there.sendall(data)


@pytest.fixture
def late(redis_url: str) -> Iterator[Late]:
    """A Redis that answers when the test lets it."""
    found = Late(redis_url.removeprefix("unix://"))
    yield found
    found.close()


def test_an_answer_that_comes_too_late_is_taken_for_no_other_question(
    settings: dict[str, object],
    make_stranger: Callable[[Flask], FlaskClient],
    late: Late,
) -> None:
    client = make_stranger(create_app(settings | {"REDIS_URL": late.url}))
    late.passes.set()
    assert NOT_SHOWN not in client.get("/").text
    late.passes.clear()
    assert NOT_SHOWN in client.get("/").text
    assert "Text one." in client.get("/chapter/one").text
    late.passes.set()  # what was asked above is answered only now
    for name in ("one", "two"):
        assert client.get(f"/chapter/{name}").status_code == 200
        page = client.get("/")
        assert NOT_SHOWN not in page.text
        assert f"/chapter/{name}" in page.text.partition('class="most-read"')[2]
