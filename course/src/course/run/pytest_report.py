"""A pytest plugin that writes what each test did, a JSON line each."""

import json
import os
from collections import Counter
from pathlib import Path
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


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Leave out tests of real parts that are not wanted; put the rest in order."""
    folder = os.environ.get("COURSE_TEST_MARKED_IN")
    if folder:
        out = [item for item in items if _is_marked_elsewhere(item, folder)]
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]
    _order(items)


def _is_marked_elsewhere(item: Any, folder: str) -> bool:
    """Whether a test of real parts lies outside of a folder."""
    marked = item.get_closest_marker("real_parts") is not None
    return marked and not item.nodeid.startswith(f"{folder}/")


def _order(items: list[Any]) -> None:
    """Where the first failure ends the run, have the likeliest tests run early.

    Those that the caller names come first. Of these, and of the others, the quickest
    do, where it is known what each takes; a function waits longer with each of its
    parameters. What takes as long goes in turns of a function a file: a fault is found
    sooner than by file after file.
    """
    if "COURSE_TEST_FIRST" not in os.environ:
        return
    wanted = json.loads(Path(os.environ["COURSE_TEST_FIRST"]).read_text("utf-8"))
    first, seconds = set(wanted["first"]), wanted["seconds"]
    order, numbers, functions = {}, {}, Counter[str]()
    seen = Counter[str]()
    for item in items:
        file, _, _ = item.nodeid.partition("::")
        function, _, _ = item.nodeid.partition("[")
        if function not in numbers:
            numbers[function] = functions[file]
            functions[file] += 1
        seen[function] += 1
        waits = seen[function] * seconds.get(function, 1.0)
        named = function in first or item.nodeid in first
        order[item] = not named, waits, numbers[function]
    items.sort(key=order.__getitem__)


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
