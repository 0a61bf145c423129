"""Processes and their descendants: find them all, and end them all."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

# BSD's ps takes all that follows a `=` as the heading, so each column is an option.
PS = ["ps", "-A", "-o", "pid=", "-o", "ppid=", "-o", "pgid=", "-o", "stat="]
PROC = Path("/proc")


def family(root: int) -> set[int]:
    """Return the live processes that descend from root or are in its process group."""
    table = _process_table()
    members = {pid for pid, (_, group) in table.items() if root in (pid, group)}
    return _with_descendants(members, table)


def descendants(root: int) -> set[int]:
    """Return root, if it lives, and the live processes that descend from it."""
    table = _process_table()
    return _with_descendants({root} & table.keys(), table)


def strays(root: int) -> set[int]:
    """Return the live processes of root's group that have lost their line to root."""
    table = _process_table()
    members = {pid for pid, (_, group) in table.items() if group == root}
    return members - _with_descendants({root}, table)


def alive(pids: set[int]) -> set[int]:
    """Return those that live; asking for a few costs far less than for all."""
    if not (PROC / "self/stat").exists():
        return pids & _process_table().keys()
    return {pid for pid in pids if _parent_and_group(pid)}


def _with_descendants(roots: set[int], table: dict[int, tuple[int, int]]) -> set[int]:
    members = set(roots)
    grown = True
    while grown:
        more = {pid for pid, (parent, _) in table.items() if parent in members}
        grown = not more <= members
        members |= more
    return members


def _process_table() -> dict[int, tuple[int, int]]:
    """Map each process that is no zombie to its parent and its process group."""
    if not (PROC / "self/stat").exists():
        listed = subprocess.run(PS, capture_output=True, text=True, check=True)
        return parse_ps(listed.stdout)
    pids = [int(name) for name in os.listdir(PROC) if name.isdecimal()]
    found = ((pid, _parent_and_group(pid)) for pid in pids)
    return {pid: row for pid, row in found if row}


def _parent_and_group(pid: int) -> tuple[int, int] | None:
    """Read a process's parent and group from /proc; None for one that has ended."""
    try:
        stat = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    state, parent, group, *_ = stat.rpartition(b")")[2].split()
    return None if state in b"ZX" else (int(parent), int(group))


def parse_ps(listed: str) -> dict[int, tuple[int, int]]:
    """Read what `ps` lists where there is no /proc; zombies are left out."""
    rows = [line.split() for line in listed.splitlines()]
    return {int(r[0]): (int(r[1]), int(r[2])) for r in rows if r[3][0] != "Z"}


def send(pids: set[int], number: signal.Signals) -> None:
    """Send a signal to processes; some may have ended already."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def stop(pids: set[int], patience: float) -> None:
    """End processes: politely, then after `patience` seconds for good."""
    send(pids, signal.SIGTERM)
    end = time.monotonic() + patience
    while (left := alive(pids)) and time.monotonic() < end:
        time.sleep(0.02)
    send(left, signal.SIGKILL)


def kill_family(root: int) -> None:
    """Kill root, its group and its descendants, until none is left."""
    for _ in range(50):
        members = family(root) - {os.getpid()}
        if not members:
            return
        send(members, signal.SIGKILL)
        time.sleep(0.02)
