"""Our client, against a server that is scripted, and against the app in its process."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis

from apps import create_app
from apps.note import backend as notes
from apps.permission import domain as permissions
from apps.store.outages import RETRY_SECONDS
from apps.token import domain as tokens
from apps.user import domain as accounts
from client import PATIENCE, TRIES, Client, Refused, Server

SERVE = """
import json, sys
from werkzeug.serving import make_server
from apps import create_app
app = create_app(json.loads(sys.argv[1]))
server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.port, flush=True)
server.serve_forever()
"""
LIMIT = 60  # seconds after which something hangs
Answer = tuple[int, dict[str, str], object] | None  # None: the connection is cut
NOTE = {"id": "1", "part": "one/", "body": "Why?", "tags": []}


class Scripted:
    """A server that gives these answers, one after the other, and remembers."""

    def __init__(self, *answers: Answer) -> None:
        """Listen on a free port."""
        self.left, self.asked = list(answers), list[tuple[str, str, Any]]()
        self.waited: list[float] = []
        script = self

        class Speak(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(size)
                script.asked.append((f"{self.command} {self.path}", body, self.headers))
                answer = script.left.pop(0)
                if answer is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, headers, fields = answer
                text = fields if isinstance(fields, str) else json.dumps(fields)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            do_POST = do_PUT = do_GET

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Speak)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        root = f"http://127.0.0.1:{self.server.server_port}"
        self.client = Client(Server(root, "secret", self.waited.append))

    def close(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def script() -> Iterator[Callable[..., Scripted]]:
    """Start a server with answers: `script((200, {}, {...}), None)`."""
    started: list[Scripted] = []

    def start(*answers: Answer) -> Scripted:
        started.append(Scripted(*answers))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_what_is_refused_for_now_is_sent_again_with_the_same_key(
    script: Callable[..., Scripted],
) -> None:
    later = {"Retry-After": "7"}
    server = script((503, later, {}), (429, later, {}), None, (201, {}, NOTE))
    assert server.client.write("one/", "Why?") == NOTE
    assert server.waited == [7, 7, 8]
    assert {asked for asked, _, _ in server.asked} == {"POST /api/v2/notes"}
    assert len({headers["Idempotency-Key"] for _, _, headers in server.asked}) == 1
    assert json.loads(server.asked[0][1])["body"] == "Why?"


def test_two_notes_have_two_keys(script: Callable[..., Scripted]) -> None:
    server = script((201, {}, NOTE), (201, {}, NOTE))
    server.client.write("one/", "Why?")
    server.client.write("one/", "Why?")
    first, second = (headers["Idempotency-Key"] for _, _, headers in server.asked)
    assert first != second


def test_after_some_tries_it_gives_up(script: Callable[..., Scripted]) -> None:
    server = script(*[(503, {"Retry-After": "1"}, {"detail": "Later."})] * 9)
    with pytest.raises(Refused, match=r"503: Later\.") as refused:
        server.client.write("one/", "Why?")
    assert refused.value.status == 503
    assert (len(server.asked), len(server.waited)) == (TRIES, TRIES - 1)


def test_a_server_that_only_cuts_is_given_up_too(
    script: Callable[..., Scripted],
) -> None:
    server = script(*[None] * 9)
    with pytest.raises((OSError, HTTPException)):
        list(server.client.notes())
    assert len(server.asked) == TRIES
    assert server.waited == [2, 4, 8]


@pytest.mark.parametrize(
    "answer",
    [
        (422, {}, {"detail": "1 field"}),
        (429, {"Retry-After": str(PATIENCE + 1)}, {}),
        (503, {"Retry-After": "Tue, 01 Dec 2026 09:30:00 GMT"}, {}),
        (503, {}, {}),
        (500, {}, 5),
        (500, {}, [[1], 2]),
        (502, {}, "<html>"),
        (302, {"Location": "http://127.0.0.1:9/"}, "<html>"),
    ],
)
def test_what_waiting_does_not_help_is_raised_at_once(
    script: Callable[..., Scripted], answer: Answer
) -> None:
    server = script(answer, (200, {}, {}))
    with pytest.raises(Refused):
        server.client.write("one/", "Why?")
    assert (len(server.asked), server.waited) == (1, [])


def test_pages_are_asked_for_as_they_are_needed(
    script: Callable[..., Scripted],
) -> None:
    page = "/api/v2/notes?after=1"
    server = script(
        (200, {}, {"items": [NOTE], "next": page}),
        (200, {}, {"items": [{**NOTE, "id": "2"}], "next": None}),
    )
    found = server.client.notes()
    assert next(found)["id"] == "1"
    assert len(server.asked) == 1
    assert [note["id"] for note in found] == ["2"]
    assert server.asked[1][0] == f"GET {page}"
    assert server.asked[1][2]["Authorization"] == "Bearer secret"


def test_the_bytes_of_a_file_are_sent_once(
    script: Callable[..., Scripted], tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"one")
    permit = {"token": "permit", "upload": "/file/upload"}
    server = script((201, {}, permit), None)
    with pytest.raises((OSError, HTTPException)):
        server.client.upload(file, "text/plain")
    asked, body, headers = server.asked[1]
    assert (asked, body) == ("PUT /file/upload", b"one")
    assert headers["Authorization"] == "Upload permit"
    assert server.waited == []


class Room:
    """The app in a process of its own, and ada's client."""

    def __init__(self, settings: dict[str, object], root: Path) -> None:
        """Start it, with an account of ada's."""
        self.app = create_app(settings)
        with self.app.app_context():
            ada = accounts.register("ada", "ada@example.org", "correct horse battery")
            permissions.grant(ada.id, "author")
            self.ada_id = ada.id
            self.token = str(tokens.issue(ada).fields()["access_token"])
        told = json.dumps(settings, default=str)
        command = [sys.executable, "-c", SERVE, told]
        self.process = subprocess.Popen(
            command, cwd=root, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.root = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def client(
        self, wait: Callable[[float], object] = lambda _: None, root: str = ""
    ) -> Client:
        """Make a client of ada's."""
        return Client(Server(root or self.root, self.token, wait))

    def wait_until_ready(self) -> None:
        """Return when the app has found its stores again, for which it looks often."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            with contextlib.suppress(Refused):
                Server(self.root, self.token).ask("GET", "/health/ready", b"", {})
                return
        pytest.fail("a store is still away")

    def count(self) -> int:
        """Count ada's notes where they are stored."""
        with self.app.app_context():
            return notes.count(self.ada_id)


@pytest.fixture
def more() -> dict[str, object]:
    """Settings that a test gives its room besides."""
    return {}


@pytest.fixture
def room(
    settings: dict[str, object], more: dict[str, object], root: Path
) -> Iterator[Room]:
    """The app, served until the test ends."""
    served = Room(settings | more, root)
    with served.process:
        yield served
        served.process.kill()


@pytest.mark.real_parts
def test_notes_and_files_come_back_as_they_were_sent(
    room: Room, tmp_path: Path
) -> None:
    client = room.client()
    for number in range(25):
        client.write("one/", f"Note {number}", "question")
    found = [note["body"] for note in client.notes()]
    assert found == [f"Note {number}" for number in reversed(range(25))]
    file = tmp_path / "caf\u00e9.txt"
    file.write_bytes(b"one two three")
    stored = client.upload(file, "text/plain")
    assert (stored["name"], stored["size"]) == ("caf\u00e9.txt", 13)
    with pytest.raises(Refused, match="422"):
        client.upload(file, "text/html")


@pytest.mark.real_parts
def test_a_store_that_goes_away_and_comes_back(room: Room, mongo_server: Any) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            mongo_server.start()
            room.wait_until_ready()

    mongo_server.stop()
    try:
        room.client(wait).write("one/", "Why?")
    finally:
        if len(waited) < 2:
            mongo_server.start()
    assert waited == [RETRY_SECONDS, RETRY_SECONDS]
    assert room.count() == 1


@pytest.mark.real_parts
@pytest.mark.parametrize("more", [{"API_LIMIT_BY_USER": "3 per minute"}])
def test_a_limit_that_is_reached_and_ends(room: Room, redis_server: Any) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        with Redis.from_url(redis_server.url) as redis:  # as if the minute were over
            redis.delete(*redis.keys("*api-user-*"))

    client = room.client(wait)
    for number in range(5):
        client.write("one/", f"Note {number}")
    (seconds,) = waited
    assert 1 <= seconds <= 60
    assert room.count() == 5


class Cutting:
    """Stands before a server, and keeps back the first answer of each kind."""

    def __init__(self, root: str) -> None:
        """Listen on a port of its own."""
        self.there = urlsplit(root)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.root = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.lost: list[bytes] = []
        self.thread = threading.Thread(target=self.pass_on)
        self.thread.start()

    def pass_on(self) -> None:
        """Pass requests on; the first answer never arrives."""
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, socket.create_connection(self.address()) as server:
                server.sendall(read_request(connection))
                answer = b"".join(iter(lambda: server.recv(65536), b""))
                if self.lost:
                    connection.sendall(answer)
                else:
                    self.lost.append(answer)

    def address(self) -> tuple[str, int]:
        """Return where the server is."""
        return str(self.there.hostname), int(self.there.port or 0)

    def close(self) -> None:
        """Listen no more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def read_request(connection: socket.socket) -> bytes:
    """Read one request, and ask that the connection be closed after it."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        line for line in head.lower().split(b"\r\n") if b"content-length" in line
    ]
    size = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < size:
        body += connection.recv(65536)
    return head + b"\r\nConnection: close\r\n\r\n" + body


@pytest.mark.real_parts
def test_an_answer_that_got_lost_writes_no_second_note(room: Room) -> None:
    with closing(Cutting(room.root)) as cutting:
        waited: list[float] = []
        note = room.client(waited.append, cutting.root).write("one/", "Why?")
    assert waited == [2]
    assert b" 201 " in cutting.lost[0]
    assert note["id"].encode() in cutting.lost[0]
    assert room.count() == 1
