"""A pytest plugin, copied beside a run: writes which test runs which line, as JSON.

Lines of Python come from coverage, with the test as the context; of other files (a
template, a schema) and of programs it is known which test opened or started them. A
function counts once, however many parameters it runs with. What a file does when it is
imported belongs to no test. Only the tests of one folder are traced.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import coverage

ROOT = Path.cwd().resolve()
FOLDER = os.environ["COURSE_TEST_TRACED"]
_opened: dict[str, set[str]] = {}
_seconds: dict[str, float] = {}
_now = [""]
_coverage = coverage.Coverage(
    data_file=None, config_file=False, include=[f"{ROOT}/*"], messages=False
)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    """Note the files that a test opens, and the programs of the project it starts."""
    if not _now[0]:
        return
    if event == "open" and isinstance(arguments[0], str):
        if not arguments[0].endswith((".py", ".pyc")):
            _opened.setdefault(arguments[0], set()).add(_now[0])
    elif event == "subprocess.Popen":
        words = arguments[1]
        command = words if isinstance(words, str) else " ".join(map(os.fsdecode, words))
        for program in ROOT.glob("*.py"):
            if re.search(rf"\b{program.stem}\b", command):
                _opened.setdefault(str(program), set()).add(_now[0])


def pytest_load_initial_conftests() -> None:
    """Begin before anything of the project is imported."""
    sys.addaudithook(_note)


def pytest_runtest_logstart(nodeid: str) -> None:
    """Let all that follows belong to this test, its fixtures too."""
    before = _now[0]
    _now[0] = nodeid.partition("[")[0] if nodeid.startswith(FOLDER) else ""
    if before and not _now[0]:
        _coverage.stop()
    elif _now[0] and not before:
        _coverage.start()
    if _now[0]:
        _coverage.switch_context(_now[0])


def pytest_runtest_logreport(report: Any) -> None:
    """Sum up what a test takes, its fixtures too, of its slowest parameters."""
    if _now[0]:
        _seconds[report.nodeid] = _seconds.get(report.nodeid, 0.0) + report.duration


def pytest_sessionfinish() -> None:
    """Write tests and, by file and line, the places of tests in their list."""
    if _now[0]:
        _coverage.stop()
    _now[0] = ""
    data = _coverage.get_data()
    found: dict[str, dict[str, list[str]]] = {}
    for file in data.measured_files():
        lines = data.contexts_by_lineno(file)
        found[file] = {str(line): list(filter(None, lines[line])) for line in lines}
    for file, tests in _opened.items():
        found.setdefault(file, {})["0"] = list(tests)
    names = sorted({t for file in found.values() for run in file.values() for t in run})
    places = {name: place for place, name in enumerate(names)}
    files = {
        os.path.relpath(file, ROOT): {
            line: sorted(map(places.__getitem__, tests))
            for line, tests in lines.items()
            if tests
        }
        for file, lines in found.items()
        if Path(os.path.abspath(file)).is_relative_to(ROOT)
    }
    seconds: dict[str, float] = {}
    for test, took in _seconds.items():
        name = test.partition("[")[0]
        seconds[name] = max(round(took, 3), seconds.get(name, 0.0))
    written = {"tests": names, "files": files, "seconds": seconds}
    Path(os.environ["COURSE_TEST_TRACE"]).write_text(json.dumps(written), "utf-8")
