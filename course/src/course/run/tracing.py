"""Which tests run which lines: one run of some tests under coverage."""

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import coverage

from course.run.testing import PytestRun, Tracing, run_tests
from course.tree import Tree

NEARBY_LINES = 12
QUICK_TESTS, QUICK_FILES = 30, 3  # a file of tests may import a lot


@dataclass(frozen=True, slots=True)
class Trace:
    """The tests that run each line of each file; line 0 stands for the file as such.

    seconds is what each test took, so that the quick ones can be asked first.
    """

    names: Sequence[str]
    files: Mapping[str, Mapping[str, Sequence[int]]]
    seconds: Mapping[str, float]

    @classmethod
    def read(cls, text: str) -> "Trace":
        """Read what a traced run wrote; ValueError or KeyError if it is broken."""
        record = json.loads(text)
        return cls(record["tests"], record["files"], record["seconds"])

    def tests(self, path: str, lines: Iterable[int]) -> set[str]:
        """Return the tests that run any of these lines, or opened the file."""
        known = self.files.get(path, {})
        places = {place for line in [0, *lines] for place in known.get(str(line), ())}
        return {self.names[place] for place in places}

    def tests_near(self, path: str, lines: Iterable[int]) -> set[str]:
        """Return the tests that run what follows soon after lines that none runs.

        A decorator is run at the import of its file, its function by tests.
        """
        found = self.tests(path, lines)
        for line in lines:
            if not found:
                after = (
                    self.tests(path, [n]) for n in range(line, line + NEARBY_LINES)
                )
                found = next(filter(None, after), set())
        return found

    def quickest(self, tests: Iterable[str]) -> list[str]:
        """Return some of these tests, the quickest, from a few files."""
        ordered = sorted(tests, key=lambda test: (self.seconds.get(test, 1.0), test))
        files = list(dict.fromkeys(test.partition("::")[0] for test in ordered))
        few = files[:QUICK_FILES]
        return [one for one in ordered if one.partition("::")[0] in few][:QUICK_TESTS]

    def tests_of_change(
        self, before: Tree, after: Tree, *, near: bool = False
    ) -> set[str]:
        """Return the tests that run (or are near) the lines that differ in a tree."""
        found: set[str] = set()
        for path, old in before.items():
            new = after.get(path)
            if new is not old and (new is None or new.data != old.data):
                lines = changed_lines(old.data, new.data if new else b"")
                find = self.tests_near if near else self.tests
                found |= find(path, lines)
        return found


def changed_lines(before: bytes, after: bytes) -> set[int]:
    """Return the lines of before that go, and those around what comes; from 1."""
    old, new = before.splitlines(), after.splitlines()
    lines: set[int] = set()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, first, last, _, _ in matcher.get_opcodes():
        if kind == "insert":
            lines |= {first, first + 1}
        elif kind != "equal":
            lines |= set(range(first + 1, last + 1))
    return lines


def run_traced(
    folder: Path,
    python: Path,
    tests: Sequence[str],
    work_folder: Path,
    traced: str = "",
    run: Callable[..., PytestRun] = run_tests,
) -> tuple[PytestRun, str]:
    """Run tests, those of the folder `traced` under coverage; empty means all of them.

    work_folder is empty: coverage is linked there, alone, so that nothing else of the
    tool's own environment gets into the checkpoint's. run is `run_tests`, perhaps with
    options. Returns what came of the tests, and what was traced, for `Trace.read`.
    """
    package = Path(coverage.__file__).parent
    (work_folder / package.name).symlink_to(package, target_is_directory=True)
    written = work_folder / "trace.json"
    trace = Tracing(work_folder, written, traced)
    ran = run(folder, python, tests, trace=trace)
    return ran, written.read_text("utf-8") if written.exists() else ""
