"""Run commands side by side, and show what each printed when it has ended.

Tests that wait for a program leave a core idle, which another command takes. Exits with
1 if a command failed. Usage: `python course/side_by_side.py COMMAND ...`, each a word.
"""

import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

_printing = threading.Lock()


def main(commands: list[str]) -> int:
    """Run all; return the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"{len(commands)} runs side by side; each is shown at its end", flush=True)
    runs = [Run(command) for command in commands]
    try:
        for run in runs:
            run.start()
        for run in runs:
            run.join()
    except KeyboardInterrupt:  # which a terminal sends the commands, too
        for run in runs:
            run.join()
        return 130
    finally:
        for run in runs:
            run.end()
    return 1 if any(run.process.returncode for run in runs) else 0


class Run(threading.Thread):
    """One command: what it prints is kept, and shown at its end."""

    def __init__(self, command: str) -> None:
        """Begin it."""
        super().__init__()
        self.command, self.began = command, time.monotonic()
        self.printed = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            shlex.split(command),
            stdin=subprocess.DEVNULL,
            stdout=self.printed,
            stderr=subprocess.STDOUT,
        )

    def run(self) -> None:
        """Wait for its end, and show what it printed."""
        self.process.wait()
        seconds = time.monotonic() - self.began
        with _printing, self.printed:
            self.printed.seek(0)
            print(f"$ {self.command}  # {seconds:.0f} s", flush=True)
            sys.stdout.buffer.write(self.printed.read())
            sys.stdout.flush()

    def end(self) -> None:
        """End it, if that has not happened yet."""
        self.process.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
