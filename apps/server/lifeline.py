"""What a worker has of the process that started it: streams, and word of its end."""

import functools
import os
import threading
from collections.abc import Callable

VARIABLE = "SUPERVISING_PIPE"  # tells a worker the pipe


@functools.cache
def supervising_pipe() -> int:
    """Return a pipe to read from, which ends when this process does, by kill -9 too.

    Nothing is ever written to it, and its other end is no other process's.
    """
    reading, _ = os.pipe()
    return reading


def call_when_alone(stop: Callable[[], None]) -> None:
    """Have stop called in this worker when the process that started it is gone."""

    def wait() -> None:
        os.read(int(os.environ[VARIABLE]), 1)
        stop()

    if VARIABLE in os.environ:  # a server of before the last checkout sets none
        threading.Thread(target=wait, daemon=True).start()


def open_standard_streams() -> None:
    """Open what was closed of 0, 1 and 2, so that no socket gets what is printed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # what is opened takes the lowest number that is free
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
