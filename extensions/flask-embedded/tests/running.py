"""Processes of apps, and what runs for them."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

USER = Path(__file__).with_name("user.py")


class Failed(Exception):
    """What a user's process was asked raised this."""


class User:
    """A process of an app whose stores are in an instance folder."""

    def __init__(self, instance: Path, *options: str, **how: Any) -> None:
        """Start it; what it logs is kept."""
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, USER, instance, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            bufsize=1,
            **how,
        )

    def ask(self, line: str) -> None:
        """Give it something to evaluate."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")

    def answer(self) -> Any:
        """Return what it says to one line; raises Failed where that raised."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(f"the user's process ended: {self.logged()}")
        how, said = json.loads(line)
        if how == "fails":
            raise Failed(said)
        return said

    def do(self, line: str) -> Any:
        """Have it evaluate a line, and return the result."""
        self.ask(line)
        return self.answer()

    def logged(self) -> str:
        """Return what it has logged."""
        self.log.seek(0)
        return self.log.read()

    def end(self) -> None:
        """Let it end, as a program that has nothing left to do."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def freeze(self) -> None:
        """Stop it until it is killed, so that it does not see what happens."""
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """Kill it with kill -9."""
        self.process.kill()
        self.end()


def processes(instance: Path) -> dict[str, list[int]]:
    """Return the processes that belong to a folder's guardian, by what they are."""
    group = (instance / "embedded" / "guardian.lock").read_text()
    command = ["ps", "-A", "-ww", "-o", "pid=,pgid=,stat=,args="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, list[int]] = {}
    for line in listed.stdout.splitlines():
        number, its_group, state, command_line = line.split(None, 3)
        if its_group == group and not state.startswith("Z"):
            found.setdefault(kind(command_line), []).append(int(number))
    return found


def kind(command_line: str) -> str:
    """Name a process by its command line."""
    names = {"guardian.py": "guardian", "valkey": "redis", "mongo_server": "mongo"}
    found = [name for part, name in names.items() if part in command_line]
    return found[0] if found else "watcher"


def kill(instance: Path, *names: str) -> None:
    """Kill processes of a folder with kill -9, and return when they are gone."""
    running = processes(instance)
    killed = {process for name in names for process in running[name]}
    for number in (signal.SIGSTOP, signal.SIGKILL):  # so that none sees another's end
        for name in names:
            for process in running[name]:
                os.kill(process, number)
    while killed & {one for found in processes(instance).values() for one in found}:
        pass


def wait_for_one_of_each(instance: Path) -> None:
    """Wait until a guardian, a watcher and both servers run, and just one of each."""
    while sorted(processes(instance)) != ["guardian", "mongo", "redis", "watcher"]:
        pass
    assert all(len(numbers) == 1 for numbers in processes(instance).values())


def wait_for_end(instance: Path) -> None:
    """Wait until the guardian, its servers and its watcher have ended."""
    number = os.open(instance / "embedded" / "guardian.lock", os.O_RDWR)
    fcntl.flock(number, fcntl.LOCK_EX)
    os.close(number)
    while processes(instance):  # one that ends gives its lock away first
        pass


def left(instance: Path) -> list[str]:
    """Return the names of sockets and pid files in a folder, and what still runs."""
    names = [path.name for path in (instance / "embedded").iterdir()]
    return [name for name in names if name.endswith((".sock", ".pid"))]
