"""A client of the API: it lists and writes notes, and uploads files.

What is refused for now is sent again when the server says so, and what may have got
lost on the way, too; but only where a second request changes no more than the first.
"""

import json
import math
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import urlsplit

TRIES = 4
PATIENCE = 60  # seconds that we wait at most before we send again


class Note(TypedDict):
    """What we read of a note."""

    id: str
    part: str
    body: str
    tags: list[str]


class StoredFile(TypedDict):
    """What we read of a file."""

    id: int
    name: str
    size: int
    sha256: str


class Refused(Exception):
    """The server says no: `problem` has the fields of RFC 9457."""

    def __init__(self, status: int, text: bytes, retry_after: str) -> None:
        """Read the answer; what isn't JSON comes from a server in between."""
        try:
            self.problem: dict[str, Any] = dict(json.loads(text))
        except (TypeError, ValueError):
            self.problem = {"detail": "no JSON object"}
        super().__init__(f"{status}: {self.problem.get('detail')}")
        self.status = status
        self.retry_after = int(retry_after) if retry_after.isdecimal() else math.inf


class Server:
    """A server that knows us by a token; root is like https://example.org."""

    def __init__(
        self, root: str, token: str, wait: Callable[[float], object] = time.sleep
    ) -> None:
        """Remember where it is, and who we are; wait lets some seconds pass."""
        where = urlsplit(root)
        kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
        self._connect = partial(kind, where.netloc, timeout=10)
        self._token, self._wait = token, wait

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        """Ask once. We follow no redirect: our token is for this server alone."""
        with closing(self._connect()) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        if answer.status >= 300:
            raise Refused(answer.status, text, answer.headers.get("Retry-After", ""))
        return json.loads(text)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        more: dict[str, str] | None = None,
        tries: int = TRIES,
    ) -> Any:
        """Ask, again if it may help. Raises Refused, or OSError or HTTPException."""
        headers = {"Authorization": f"Bearer {self._token}", **(more or {})}
        if not isinstance(body, bytes):
            body = json.dumps(body).encode() if body else b""
            headers["Content-Type"] = "application/json"
        for left in reversed(range(tries)):
            try:
                return self.ask(method, path, body, headers)
            except Refused as refused:
                seconds = refused.retry_after
                if not left or seconds > PATIENCE:
                    raise
            except (OSError, HTTPException):  # it may have arrived, or not
                seconds = 2 ** (tries - left)
                if not left:
                    raise
            self._wait(seconds)


class Client:
    """What a program of ours does on a server."""

    def __init__(self, server: Server) -> None:
        """Remember the server."""
        self._send = server.send

    def notes(self) -> Iterator[Note]:
        """Yield our notes, the newest first; a page is asked for when it is needed."""
        page = {"next": "/api/v2/notes"}
        while page["next"]:
            page = self._send("GET", page["next"])
            yield from page["items"]

    def write(self, part: str, body: str, *tags: str) -> Note:
        """Write a note: one, however often it has to be sent."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        said = {"part": part, "body": body, "tags": tags}
        note: Note = self._send("POST", "/api/v2/notes", said, key)
        return note

    def upload(self, path: Path, type: str) -> StoredFile:
        """Store a file. Its bytes are sent once: the token is for one upload."""
        body = path.read_bytes()
        said = {"name": path.name, "type": type, "size": len(body)}
        permit = self._send("POST", "/api/v2/files", said)
        token = {"Authorization": f"Upload {permit['token']}"}
        file: StoredFile = self._send("PUT", permit["upload"], body, token, tries=1)
        return file
