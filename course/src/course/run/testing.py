"""Run a folder's pytest in an environment and read what each test did."""

import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError
from course.run import processes
from course.run.fork_server import ForkServer
from course.run.scratch import scratch

# It imports all of Hypothesis at the end of each run, half a second; its tests run
# without it, too, and only report less of what they found.
_NO_HYPOTHESIS_PLUGIN = ["-p", "no:hypothesispytest"]
TESTS_TIMEOUT_SECONDS = 3600.0  # after which the tests of one checkpoint hang


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one test did: its pytest id, `passed`, `failed` or `skipped`, and why."""

    test: str
    outcome: str
    message: str

    @property
    def file(self) -> str:
        """The test's file, as pytest names it: from the folder in which it ran."""
        return self.test.partition("::")[0]


@dataclass(frozen=True, slots=True)
class Tracing:
    """Which tests run which lines is written: to a file, of the tests of a folder.

    package is a folder that holds coverage, and nothing else.
    """

    package: Path
    written: Path
    folder: str


@dataclass(frozen=True, slots=True)
class PytestRun:
    """A run of pytest: the outcome of every test, and what pytest printed."""

    outcomes: tuple[Outcome, ...]
    output: str
    collected: int
    complete: bool
    timed_out: bool

    def with_outcome(self, outcome: str) -> list[Outcome]:
        """Return the tests with this outcome; a file that can't be read has failed."""
        return [one for one in self.outcomes if one.outcome == outcome]

    @property
    def passed(self) -> int:
        """How many tests passed."""
        failed = {one.test for one in self.with_outcome("failed")}
        return sum(one.test not in failed for one in self.with_outcome("passed"))

    @property
    def holds(self) -> bool:
        """Every test passed, there was one, and none was skipped."""
        whole = self.complete and not self.timed_out
        bad = self.with_outcome("failed") or self.with_outcome("skipped")
        return whole and self.passed > 0 and not bad


def run_tests(
    folder: Path,
    python: Path,
    arguments: Sequence[str] = (),
    *,
    seconds: float = TESTS_TIMEOUT_SECONDS,
    first_failure: bool = False,
    first: Collection[str] = (),
    durations: Mapping[str, float] | None = None,
    trace: Tracing | None = None,
    marked_in: str = "",
    server: ForkServer | None = None,
) -> PytestRun:
    """Run `python -m pytest ARGUMENTS` in folder; CourseError without a pytest.

    With first_failure, the first failure ends the run, and the tests of `first` (ids
    without parameters) come before all others, the quickest by `durations` first. With
    trace, see `course.run.tracing`. With marked_in, tests of real parts are left out
    unless they lie in this folder. A server of this environment forks, in place of a
    new Python.
    """
    with scratch("tests") as place:
        report = place / "report.jsonl"
        plugins = ["pytest_report", *(["pytest_trace"] if trace else [])]
        for plugin in plugins:
            shutil.copy(Path(__file__).with_name(f"{plugin}.py"), place)
        command = [word for plugin in plugins for word in ("-p", plugin)]
        command += arguments
        command += ["-p", "no:cacheprovider", "-q", "--color=no"]
        command += ["-x", *_NO_HYPOTHESIS_PLUGIN] if first_failure else []
        own = {"PYTHONPATH": str(place), "COURSE_TEST_REPORT": str(report)}
        if first_failure:
            own["COURSE_TEST_FIRST"] = str(place / "first")
            order = {"first": list(first), "seconds": dict(durations or {})}
            (place / "first").write_text(json.dumps(order), "utf-8")
        if marked_in:
            own["COURSE_TEST_MARKED_IN"] = marked_in
        if trace:
            own["PYTHONPATH"] = f"{place}{os.pathsep}{trace.package}"
            own |= {"COURSE_TEST_TRACE": str(trace.written), "COVERAGE_CORE": "ctrace"}
            own["COURSE_TEST_TRACED"] = trace.folder
        env = processes.activated(python, **own)
        if server:
            done = server.run(
                command, folder, output=place / "output", seconds=seconds, env=env
            )
        else:
            whole = [python, "-m", "pytest", *command]
            done = processes.run(whole, folder, seconds=seconds, env=env)
        lines = report.read_text("utf-8").splitlines() if report.exists() else []
    if not lines and "No module named pytest" in done.output:
        raise CourseError(
            "this environment has no pytest: "
            "`python -m pip install -r requirements.txt -r test/requirements.txt`"
        )
    records = [json.loads(line) for line in lines]
    totals = {one["outcome"]: one["message"] for one in records if not one["test"]}
    return PytestRun(
        tuple(Outcome(**one) for one in records if one["test"]),
        done.output,
        int(totals.get("collected", "0")),
        "finished" in totals,
        done.timed_out,
    )
