"""Serve from a worker process, and start another one when the source changes.

This process holds the socket and watches the source; the worker only answers. So a
request that comes while no worker runs waits for the next one, and no change is lost
while Python still reads the source.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

ROOT = Path(__file__).parent.parent.parent
SOCKET_VARIABLE = "LISTENING_SOCKET"  # tells a worker its socket
CHANGES = {"created", "deleted", "modified", "moved"}  # and not: opened, closed
GRACE_SECONDS = 5  # that a worker has for the requests that it is answering


def is_worker() -> bool:
    """Tell whether this process was started here, to answer requests."""
    return SOCKET_VARIABLE in os.environ


def inherited_socket() -> socket.socket:
    """Return the socket on which the process that started this worker listens."""
    return socket.socket(fileno=int(os.environ[SOCKET_VARIABLE]))


def call_at_end(stop: Callable[[], None]) -> None:
    """Have stop called when this worker is to end; a signal's handler can't wait."""
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop).start())


def supervise(listener: socket.socket, polls: bool) -> None:
    """Keep one worker answering until Ctrl+C; after a change of the source, a new one.

    Where a worker can't start, the next change is waited for. Returns where one ended
    well by itself.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with contextlib.suppress(KeyboardInterrupt), watched(polls) as source:
        while True:
            source.changed.clear()
            with worker(listener) as process:
                while process.poll() is None and not source.changed.wait(0.1):
                    pass
            if not source.changed.is_set():
                if process.returncode == 0:
                    return
                print("The app does not start: waiting for a change", flush=True)
            source.wait_for_the_last_change()
            print(f"Restarting: {source.last} has changed", flush=True)


@contextlib.contextmanager
def worker(listener: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """Run this program again as a worker, which ends when the block does."""
    number = listener.fileno()
    # Python tells compiled code by size and second: two saves can look alike to it.
    own = {SOCKET_VARIABLE: str(number), "PYTHONDONTWRITEBYTECODE": "1"}
    with contextlib.ExitStack() as at_the_end:
        with signals_held():
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, *sys.orig_argv[1:]],
                env={**os.environ, **own},
                pass_fds=[number],
            )
            at_the_end.callback(end, process)
        yield process


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Let Ctrl+C and SIGTERM wait for the block: they could leave it half done."""
    came: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for again in came:
            signal.raise_signal(again)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a worker; it may finish the requests that it is answering."""
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Source(FileSystemEventHandler):
    """Records changes to our Python files."""

    def __init__(self) -> None:
        """Begin with no change."""
        self.changed = threading.Event()
        self.last = ""

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Note a change of a Python file; many editors write another and rename it."""
        for path in map(os.fsdecode, (event.src_path, event.dest_path)):
            if event.event_type in CHANGES and path.endswith(".py"):
                self.last = os.path.relpath(path, ROOT)
                self.changed.set()

    def wait_for_the_last_change(self) -> None:
        """Return when a change has come, and none for a moment after it."""
        self.changed.wait()
        while self.changed.is_set():
            self.changed.clear()
            time.sleep(0.1)


@contextlib.contextmanager
def watched(polls: bool) -> Iterator[Source]:
    """Watch our own source: the system tells of changes, or we look once a second.

    We look where polls asks for it, and where the system can't watch any more files.
    """
    source, why = Source(), "WATCH is poll" if polls else ""
    try:
        observer = start_observer(PollingObserver if polls else Observer, source)
    except OSError as error:
        observer, why = start_observer(PollingObserver, source), str(error)
    if why:
        print(f"Looking for changes once a second: {why}", flush=True)
    try:
        yield source
    finally:
        observer.stop()
        observer.join()


def start_observer(kind: Callable[[], BaseObserver], source: Source) -> BaseObserver:
    """Have source told of what happens in our folders, and nowhere else.

    Raises OSError where the system can't.
    """
    observer = kind()
    for folder, below in ((ROOT, False), (ROOT / "apps", True)):
        observer.schedule(source, str(folder), recursive=below)
    observer.start()
    return observer
