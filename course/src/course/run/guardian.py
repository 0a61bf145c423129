"""Ends what a run began when the run itself is gone, also by kill -9.

A program of its own, one for a run. It reads lines until the end of the run closes its
standard input: `+PID` and `-PID` for a program that begins and ends, `+/FOLDER` and
`-/FOLDER` for a temporary folder. Then it kills the programs that are still there, with
all that descends from them, and removes the folders that are left.
"""

import contextlib
import os
import shutil
import sys

from course.run.process_tree import kill_family


def main() -> None:
    """Keep a list of what was begun; at the end, end and remove what is left on it."""
    left: dict[bytes, None] = {}
    for line in sys.stdin.buffer:
        sign, name = line[:1], line[1:].rstrip(b"\n")
        if sign == b"+":
            left[name] = None
        else:
            left.pop(name, None)
    folders = [name for name in left if name.startswith(b"/")]
    for name in left:
        with contextlib.suppress(ValueError):
            kill_family(int(name))
    for folder in folders:
        shutil.rmtree(os.fsdecode(folder), ignore_errors=True)


if __name__ == "__main__":
    main()
