"""A copy of the project, and servers that are started from it as a reader does it."""

import contextlib
import os
import queue
import random
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from apps.server import development

LIMIT = 120  # seconds after which a server counts as hanging
PLAIN = {
    "PYTHONDONTWRITEBYTECODE": "",  # or each start compiles the copy again
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "",
}
LISTENING = r"Listening on (http://\S+:(\d+)/)"


@pytest.fixture
def project(sources: list[Path], chapters: Path, tmp_path: Path) -> Path:
    """A copy of the app that a test may edit, with what Python has compiled of it."""
    copy = tmp_path / "project"
    copy.mkdir()
    for path in sources:
        if path.is_dir():
            shutil.copytree(path, copy / path.name)
        else:
            shutil.copy2(path, copy)
    shutil.copytree(chapters, copy / "chapters")
    return copy


@dataclass
class Server:
    """A started run.py: what it printed, and where it listens."""

    process: subprocess.Popen[str]
    lines: "queue.Queue[str]" = field(default_factory=queue.Queue)
    printed: str = ""
    url: str = ""
    port: int = 0

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read on until pattern was printed since the last call; else fail."""
        end, seen = time.monotonic() + LIMIT, ""
        while time.monotonic() < end:
            ended = self.process.poll() is not None
            try:
                line = self.lines.get(timeout=0.1)
            except queue.Empty:
                if ended:
                    break
                continue
            seen, self.printed = seen + line, self.printed + line
            match = re.search(pattern, seen)
            if match:
                return match
        pytest.fail(f"{pattern!r} was not printed; this was:\n{self.printed}")

    def wait_for_restart(self) -> str:
        """Read on until it restarts; return which file had changed."""
        return self.wait_for("Restarting: (.*) has changed")[1]

    def get(self, path: str) -> str:
        """Ask for a path; while the server restarts, the request waits."""
        opener = build_opener(ProxyHandler({}))
        with opener.open(self.url + path, timeout=LIMIT) as answer:
            text: str = answer.read().decode()
            return text

    def end(self) -> str:
        """Stop it with its children, and return all that it printed."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(LIMIT)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LIMIT)
        while not self.lines.empty():
            self.printed += self.lines.get()
        return self.printed


@pytest.fixture
def start(
    project: Path,
    mongo: dict[str, str],  # chapter 7
) -> Iterator[Callable[..., Server]]:
    """Start `run.py` of the copy with arguments; everything is ended afterwards."""
    started: list[Server] = []

    def run(*arguments: str, **variables: str) -> Server:
        # region chapter 7: its-mongo
        # One that is away would be waited for, at each start.
        variables = mongo | variables
        # endregion its-mongo
        process = subprocess.Popen(
            [sys.executable, "run.py", *arguments],
            cwd=project,
            env={**os.environ, **PLAIN, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        server = Server(process)
        started.append(server)

        def read() -> None:
            for line in process.stdout or ():
                server.lines.put(line)

        threading.Thread(target=read, daemon=True).start()
        match = server.wait_for(LISTENING)
        server.url, server.port = match[1].rstrip("/"), int(match[2])
        return server

    yield run
    for server in started:
        server.end()
        if server.process.stdout:
            server.process.stdout.close()


@pytest.fixture
def command(root: Path, instance: Path) -> Callable[..., Result]:
    """Call run.py in this process, which is faster; it would serve with `served`."""
    main = runpy.run_path(str(root / "run.py"))["main"]
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What would be served: which `app`, at which `port`, and if it `restarts`."""
    asked: dict[str, Any] = {}
    serve = development.serve

    def remember(app: Flask) -> None:
        serve(app)
        asked["app"] = app

    def answer(_: Flask, listener: socket.socket) -> None:
        with listener:
            asked.update(port=listener.getsockname()[1], restarts=False)

    def supervise(listener: socket.socket, polls: bool) -> None:
        with listener:
            asked.update(port=listener.getsockname()[1], restarts=True, polls=polls)

    monkeypatch.setattr(development, "serve", remember)
    monkeypatch.setattr(development, "answer", answer)
    monkeypatch.setattr(development, "supervise", supervise)
    return asked


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.fixture
def free() -> int:
    """A port on which nobody listens, and which no system gives to a client."""
    while True:
        port = random.randrange(10000, 30000)  # noqa: S311
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
