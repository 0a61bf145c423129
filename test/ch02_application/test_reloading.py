"""A worker ends and another begins when the source changes, and no request is lost.

The app that is served here is a small one, which starts in half the time; the next
file over, `test_debug_server.py`, serves the whole app.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from ch02_application.editing import replace
from watchdog.events import (
    FileClosedNoWriteEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileOpenedEvent,
    FileSystemEvent,
)

from apps.server import reloading

HEALTH = """\
from flask import Blueprint

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health():
    return {"status": "ok"}
"""
RUN = """\
import sys

from flask import Flask

from apps.health import blueprint
from apps.server import development

app = Flask("small")
app.debug = True
app.config.update(SERVER_HOST="127.0.0.1", SERVER_PORT=int(sys.argv[1]))
app.register_blueprint(blueprint)
development.serve(app)
"""


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    """Make a small app with our development server."""
    copy = tmp_path / "project"
    shutil.copytree(root / "apps" / "server", copy / "apps" / "server")
    (copy / "apps" / "health.py").write_text(HEALTH, "utf-8")
    (copy / "run.py").write_text(RUN, "utf-8")
    return copy


@pytest.mark.real_parts
def test_the_last_of_many_changes_is_served(
    start: Callable, project: Path, free: int
) -> None:
    server = start(str(free))
    words = ["ok", "one", "two", "three"]
    for old, new in pairwise(words):
        replace(project / "apps" / "health.py", f'"{old}"', f'"{new}"')
    while '"three"' not in server.get("/health"):
        server.wait_for_restart()


@pytest.mark.real_parts
def test_two_saves_of_one_size_in_one_second_are_told_apart(
    start: Callable, project: Path, free: int
) -> None:
    health = project / "apps" / "health.py"
    second = int(health.stat().st_mtime) - 10  # another than the file's own
    server = start(str(free))
    assert '"ok"' in server.get("/health")
    for old, new in (("ok", "no"), ("no", "hi")):
        draft = health.with_name("draft")
        text = health.read_text("utf-8").replace(f'"{old}"}}', f'"{new}"}}')
        draft.write_text(text, "utf-8")
        os.utime(draft, (second, second))
        draft.replace(health)
        server.wait_for_restart()
        assert f'"{new}"' in server.get("/health")


SAVED_BY_THE_WORKER = """
from pathlib import Path

from apps.server.reloading import is_worker

late = Path(__file__).with_name("late.py")
status = "second" if late.exists() else "first"
if is_worker() and not late.exists():
    late.touch()
"""


@pytest.mark.real_parts
def test_a_change_while_python_still_reads_the_source_restarts(
    start: Callable, project: Path, free: int
) -> None:
    health = project / "apps" / "health.py"
    replace(health, "\nblueprint =", SAVED_BY_THE_WORKER + "\nblueprint =")
    replace(health, '"ok"', "status")
    server = start(str(free))
    assert server.wait_for_restart() == "apps/late.py"
    assert '"second"' in server.get("/health")


@pytest.mark.real_parts
def test_a_request_waits_while_the_app_does_not_start(
    start: Callable, project: Path, free: int
) -> None:
    server = start(str(free))
    health = project / "apps" / "health.py"
    good = health.read_text("utf-8")
    health.write_text("def broken(:\n", "utf-8")
    server.wait_for("The app does not start: waiting for a change")
    with socket.create_connection(("127.0.0.1", free), timeout=120) as waiting:
        waiting.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        health.write_text(good.replace('"ok"', '"mended"'), "utf-8")
        answer = b"".join(iter(lambda: waiting.recv(4096), b""))
    assert b'"mended"' in answer
    assert server.printed.count("SyntaxError") == 1


@pytest.mark.real_parts
def test_what_is_being_answered_is_finished(
    start: Callable, project: Path, tmp_path: Path, free: int
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    health = project / "apps" / "health.py"
    replace(health, "from flask", "import os\n\nfrom flask")
    replace(
        health, "    return", "    print('worker', os.getpid(), flush=True)\n    return"
    )
    replace(health, '"ok"', f"open({str(pipe)!r}).read()")
    server = start(str(free))
    with socket.create_connection(("127.0.0.1", free), timeout=120) as asking:
        asking.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        worker = int(server.wait_for(r"worker (\d+)")[1])
        with pipe.open("w") as answer:  # once the view is there to read it
            os.kill(worker, signal.SIGTERM)
            answer.write("finished")
        answered = b"".join(iter(lambda: asking.recv(4096), b""))
    assert b'"finished"' in answered


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_comes_while_a_worker_begins_ends_the_worker_too(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen
    earlier = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a background

    def popen(*_: object, **__: object) -> subprocess.Popen[bytes]:
        begun.append(real([sys.executable, "-c", "import time; time.sleep(600)"]))
        signal.raise_signal(number)
        return begun[0]

    monkeypatch.setattr(reloading.subprocess, "Popen", popen)
    try:
        with socket.socket() as listener, suppress(SystemExit):
            reloading.supervise(listener, polls=True)
        assert begun[0].poll() is not None
    finally:
        for one, handler in earlier.items():
            signal.signal(one, handler)
        begun[0].kill()
        begun[0].wait()


@pytest.mark.parametrize(
    ("event", "counts"),
    [
        (FileModifiedEvent("apps/health.py"), True),
        (FileDeletedEvent("apps/health.py"), True),
        (FileMovedEvent("apps/.health.py.swp", "apps/health.py"), True),
        (FileMovedEvent("apps/health.py", "apps/health.old"), True),
        (FileOpenedEvent("apps/health.py"), False),
        (FileClosedNoWriteEvent("apps/health.py"), False),
        (FileModifiedEvent("apps/static/base.css"), False),
        (FileCreatedEvent("apps/__pycache__/health.cpython-311.pyc"), False),
    ],
)
def test_only_changes_of_python_files_count(
    event: FileSystemEvent, counts: bool
) -> None:
    source = reloading.Source()
    source.on_any_event(event)
    assert source.changed.is_set() is counts
