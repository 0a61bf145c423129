"""Serve from a worker process, and start another one when the source changes.

This process holds the socket and watches the source; the worker only answers. So a
request that comes while no worker runs waits for the next one, and no change is lost
while Python still reads the source.
"""

import contextlib
import functools
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

from apps.server import lifeline, sharing  # chapter 5

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
    lifeline.call_when_alone(stop)  # chapter 5
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop).start())


def supervise(listener: socket.socket, polls: bool) -> None:
    """Keep one worker answering until Ctrl+C; after a change of the source, a new one.

    Where a worker can't start, the next change is waited for. Returns where one ended
    well by itself.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # region chapter 5: hang-up
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        signal.signal(signal.SIGHUP, lambda *_: sys.exit())  # the terminal was closed
    # endregion hang-up
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            with watched(polls) as source:
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
    kept = [listener.fileno()]
    # Python tells compiled code by size and second: two saves can look alike to it.
    own = {SOCKET_VARIABLE: str(kept[0]), "PYTHONDONTWRITEBYTECODE": "1"}
    # region chapter 5: lifeline
    kept.append(lifeline.supervising_pipe())
    own[lifeline.VARIABLE] = str(kept[1])
    # endregion lifeline
    with contextlib.ExitStack() as at_the_end:
        with signals_held():
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, *sys.orig_argv[1:]],
                env={**os.environ, **own},
                pass_fds=kept,
            )
            at_the_end.callback(end, process)
        yield process


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Let what would end us wait for the block: it could leave that half done."""
    came: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
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
            ours = path.endswith(".py")
            # region chapter 5: back
            back = event.event_type in ("created", "moved")
            ours |= path == str(ROOT / "apps") and back
            # endregion back
            if event.event_type in CHANGES and ours:
                self.last = os.path.relpath(path, ROOT)
                self.changed.set()

    def wait_for_the_last_change(self) -> None:
        """Return when a change has come, and none for a moment after it."""
        self.changed.wait()
        while self.changed.is_set():
            self.changed.clear()
            time.sleep(0.1)
            sharing.wait_for_git(ROOT)  # chapter 5


@contextlib.contextmanager
def watched(polls: bool) -> Iterator[Source]:
    """Watch our own source: the system tells of changes, or we look once a second.

    We look where polls asks for it, and where the system can't watch any more files.
    """
    source, why = Source(), "WATCH is poll" if polls else ""
    why = why or sharing.reason_to_poll(ROOT)  # chapter 5
    try:
        observer = start_observer(PollingObserver if why else Observer, source)
    except OSError as error:
        observer, why = start_observer(PollingObserver, source), str(error)
    if why:
        say_once(f"Looking for changes once a second: {why}")
    try:
        yield source
    finally:
        observer.stop()
        observer.join()


@functools.cache
def say_once(line: str) -> None:
    """Print a line, but not again at each restart."""
    print(line, flush=True)


def start_observer(kind: Callable[[], BaseObserver], source: Source) -> BaseObserver:
    """Have source told of what happens in our folders, and nowhere else.

    Raises OSError where the system can't.
    """
    observer = kind()
    for folder, below in ((ROOT, False), (ROOT / "apps", True)):
        if folder.is_dir():  # may be gone for a while, as apps in a checkout
            observer.schedule(source, str(folder), recursive=below)
    observer.start()
    return observer
