"""Ends the programs of a run that was killed, also by kill -9.

Run as a program of its own, it imports nothing of the course: it reads `+PID` and
`-PID`, the process groups that begin and end, until its standard input is closed by
the end of the run; what is still there then is killed.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Keep the list, then end what is left on it."""
    live: set[int] = set()
    for line in sys.stdin:
        with contextlib.suppress(ValueError):
            group = int(line[1:])
            if line.startswith("+"):
                live.add(group)
            else:
                live.discard(group)
    for group in live:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
