"""Run commands side by side, and show what each printed when it has ended.

Tests that wait for a program leave a core idle, which another command takes. Exits with
1 if a command failed. Usage: `python course/side_by_side.py COMMAND ...`, each a word.
"""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

CLEAR = "\r\x1b[K"  # the line in which a terminal's cursor is


def main(commands: list[str]) -> int:
    """Run all; return the exit code. Of a signal it is 128 and the signal's number."""
    came: list[int] = []
    running: dict[int, Run] = {}

    def stop(number: int, _: object) -> None:
        came.append(number)
        if number == signal.SIGTERM:  # SIGINT has reached the commands, too
            for run in list(running.values()):
                run.process.terminate()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    print(f"{len(commands)} runs side by side; each is shown at its end", flush=True)
    for command in commands:
        run = Run(command)
        running[run.process.pid] = run
    if signal.SIGTERM in came:  # perhaps before all had begun
        for run in running.values():
            run.process.terminate()
    if sys.stdout.isatty():
        threading.Thread(target=show_waiting, args=[running], daemon=True).start()
    failed = False
    while running:
        pid, status = os.wait()
        run = running.pop(pid)
        run.process.returncode = os.waitstatus_to_exitcode(status)
        failed |= run.process.returncode != 0
        run.show()
    return 128 + came[0] if came else int(failed)


def show_waiting(running: "dict[int, Run]") -> None:
    """Keep a line of the terminal that says how many run, and for how long."""
    began, count = time.monotonic(), len(running)
    while running:
        seconds = time.monotonic() - began
        line = f"{len(running)} of {count} still run, after {seconds:.0f} s"
        print(f"{CLEAR}{line}", end="", flush=True)
        time.sleep(1)


class Run:
    """One command: what it prints is kept, and shown at its end."""

    def __init__(self, command: str) -> None:
        """Begin it."""
        self.command, self.began = command, time.monotonic()
        self.printed = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            shlex.split(command),
            stdin=subprocess.DEVNULL,
            stdout=self.printed,
            stderr=subprocess.STDOUT,
        )

    def show(self) -> None:
        """Show what it printed, and how long it took."""
        seconds = time.monotonic() - self.began
        clear = CLEAR if sys.stdout.isatty() else ""
        print(f"{clear}$ {self.command}  # {seconds:.0f} s", flush=True)
        with self.printed:
            self.printed.seek(0)
            sys.stdout.buffer.write(self.printed.read())
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
