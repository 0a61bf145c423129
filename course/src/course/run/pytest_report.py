"""A pytest plugin that writes what each test did, a JSON line each."""

import json
import os
from collections import Counter
from typing import Any


def _write(**record: Any) -> None:
    with open(os.environ["COURSE_TEST_REPORT"], "a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def _message(report: Any) -> str:
    """Return the exception's own message, or the last line of what pytest shows."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message)
    lines = str(report.longrepr).strip().splitlines()
    return (
        next((line[1:].strip() for line in lines if line[:2] == "E "), "") or lines[-1]
    )


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Where the first failure ends the run, have all kinds of tests run early.

    Each function of each file runs with its first parameters before any runs again, in
    turns of a function a file: a fault is found sooner than by file after file.
    """
    if "COURSE_TEST_SPREAD" not in os.environ:
        return
    turns, positions, functions = {}, {}, Counter[str]()
    seen = Counter[str]()
    for item in items:
        file, _, _ = item.nodeid.partition("::")
        function, _, _ = item.nodeid.partition("[")
        if function not in positions:
            positions[function] = functions[file]
            functions[file] += 1
        turns[item] = (seen[function], positions[function])
        seen[function] += 1
    items.sort(key=turns.__getitem__)


def pytest_runtest_logreport(report: Any) -> None:
    """Write a test that failed or was skipped in any phase, or that passed."""
    if report.outcome == "passed" and report.when != "call":
        return
    message = "" if report.outcome == "passed" else _message(report)
    _write(test=report.nodeid, outcome=report.outcome, message=message)


def pytest_collectreport(report: Any) -> None:
    """Write a file that could not be collected, or that skips itself whole."""
    if report.outcome != "passed":
        _write(test=report.nodeid, outcome=report.outcome, message=_message(report))


def pytest_collection_finish(session: Any) -> None:
    """Write how many tests there are."""
    _write(test="", outcome="collected", message=str(len(session.items)))


def pytest_sessionfinish(session: Any, exitstatus: int) -> None:
    """Write that the session came to its end."""
    _write(test="", outcome="finished", message=str(int(exitstatus)))
