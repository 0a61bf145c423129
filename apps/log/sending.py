"""Send in a thread, so that no request waits for a server that is slow or gone."""

import contextlib
import functools
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any

MAX_WAITING = 100  # records; what comes while so many wait is lost, and said so
GRACE_SECONDS = 5.0  # that a process which ends waits for what is not yet sent

Send = Callable[[Any, logging.LogRecord, str], None]


def in_thread(send: Send) -> Send:
    """Have a handler's method that sends a record and its text do so in its thread."""

    @functools.wraps(send)
    def later(handler: Any, record: logging.LogRecord, text: str) -> None:
        handler.thread.put(functools.partial(send, handler, record, text), record)

    return later


class SendingThread:
    """The thread in which a handler sends, begun with the first record.

    A process that was forked (a worker of gunicorn, where the app was loaded before)
    has none of its parent's threads: it begins one of its own, with an empty queue.
    """

    def __init__(self, handler: logging.Handler) -> None:
        """Remember the handler, which reports what can't be sent."""
        self.handler, self.owner = handler, 0  # the process whose thread this is

    def put(self, send: Callable[[], None], record: logging.LogRecord) -> None:
        """Have send called soon. Raises queue.Full where too many records wait.

        To be called under the handler's lock, as `emit` is.
        """
        if self.owner != os.getpid():
            self.waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
            work = functools.partial(self._send_all, self.waiting)
            self.thread = threading.Thread(target=work, daemon=True)
            self.thread.start()
            self.owner = os.getpid()
        if self.waiting.qsize() >= MAX_WAITING:
            raise queue.Full(f"{MAX_WAITING} others wait")
        self.waiting.put((send, record))

    def _send_all(self, waiting: "queue.SimpleQueue[Any]") -> None:
        while item := waiting.get():
            send, record = item
            try:
                send()
            except Exception:
                self.handler.handleError(record)

    def end(self) -> None:
        """Wait for what is not yet sent, GRACE_SECONDS at most; say if some is lost."""
        if self.owner != os.getpid():
            return
        self.owner = 0
        self.waiting.put(None)
        self.thread.join(GRACE_SECONDS)
        if self.thread.is_alive():
            left = f"{self.waiting.qsize()} were not sent in {GRACE_SECONDS:.0f} s"
            with contextlib.suppress(Exception):
                print(
                    f"Log records are lost ({self.handler.name}): {left}",
                    file=sys.stderr,
                )
