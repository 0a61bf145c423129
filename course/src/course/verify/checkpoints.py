"""What the checks of one verification share: woven trees, environments, folders."""

import contextlib
import itertools
import os
import sys
import threading
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from course.run.environments import Recipe, get_or_create, recipe
from course.run.fork_server import ForkServer, imported_modules
from course.run.interpreters import interpreter
from course.run.testing import run_tests
from course.run.tracing import Trace, run_traced
from course.source.manifest import Course
from course.source.requirements import PINS, pinned_versions
from course.source.weave import Source
from course.tree import File, Tree, write_atomically, write_folder
from course.verify.results import Digests, code_digest, key_of


def without_prose(tree: Tree) -> dict[str, File]:
    """Return a checkpoint's code: no texts, and not the README made from manifests."""
    return {
        path: file
        for path, file in tree.items()
        if not path.startswith("chapters/") and path != "README.md"
    }


def below(tree: Tree, folder: str) -> dict[str, File]:
    """Return the files of a tree that lie below a folder."""
    return {path: tree[path] for path in tree if path.startswith(f"{folder}/")}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A folder whose tree Python has compiled, and what is known of its tests.

    The trace says which of them runs which line; modules are those of packages that the
    tests import.
    """

    folder: Path
    tree: Tree
    trace: Trace
    modules: list[str]


def _link_compiled(tree: Tree, folder: Path, like: Compiled) -> None:
    """Link the compiled files of what is the same; Python knows them by size and time.

    Python replaces such files whole, so that nothing is written through the link.
    """
    for path, file in tree.items():
        before = like.tree.get(path)
        if not path.endswith(".py") or before is None or before.data != file.data:
            continue
        source, target = like.folder / path, folder / path
        found = list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"))
        if not found or not source.exists():
            continue
        time = source.stat().st_mtime_ns
        os.utime(target, ns=(time, time))
        (target.parent / "__pycache__").mkdir(exist_ok=True)
        for compiled in found:
            with contextlib.suppress(OSError):
                os.link(compiled, target.parent / "__pycache__" / compiled.name)


@dataclass
class Checkpoints:
    """One run's source and options; trees are woven once, environments made when asked.

    temporary is a folder of this run alone; environments and traces are folders that
    all runs share; commands are the sub-commands of `course`, which texts may name.
    passing are, by checkpoint, tests that were seen to pass in a fork of a server.
    """

    source: Source
    temporary: Path
    environments: Path
    traces: Path
    python: str | None = None
    latest: bool = False
    commands: Collection[str] = ()
    digests: Digests = field(default_factory=Digests)
    _trees: dict[int, Mapping[str, File]] = field(default_factory=dict)
    _upgraded: set[int] = field(default_factory=set)
    _codes: dict[int, tuple[Mapping[str, File], str]] = field(default_factory=dict)
    _recipes: dict[int, Recipe] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _compiled: dict[int, Compiled] = field(default_factory=dict)
    _servers: dict[int, tuple[int, ForkServer]] = field(default_factory=dict)
    passing: defaultdict[int, set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    _locks: defaultdict[int, threading.Lock] = field(
        default_factory=lambda: defaultdict(threading.Lock)
    )

    @property
    def variant(self) -> str:
        """The options that make this run another than the usual one; empty for that."""
        words = ["--python", self.python] if self.python else []
        return " ".join([*words, *(["--latest"] if self.latest else [])])

    @property
    def course(self) -> Course:
        """The course's manifests."""
        return self.source.course

    @cached_property
    def tool(self) -> str:
        """The digest of the checks' own code."""
        return code_digest()

    def tree(self, number: int) -> Tree:
        """Return checkpoint `number`, whole; the empty tree for 0.

        With latest, its constraints.txt names the newest versions, where these are not
        the pinned ones: a checkpoint refuses an environment that is not as pinned.
        """
        if number not in self._trees:
            woven: Tree = self.source.weave(number)
            newest = self._newer_packages(woven) if self.latest else {}
            self._trees[number] = {**woven, **newest}
            self._upgraded |= {number} if newest else set()
        return self._trees[number]

    def _newer_packages(self, woven: Tree) -> Tree:
        """Return the requirement files for the newest versions; none if pinned all."""
        newest = recipe(woven, self.python, latest=True).files
        pins = pinned_versions(newest.get(PINS, File(b"")).data)
        pinned = pinned_versions(woven.get(PINS, File(b"")).data)
        return {} if pins <= pinned else newest

    def code(self, number: int) -> Tree:
        """Return the code of checkpoint `number`."""
        return self._code(number)[0]

    def code_key(self, number: int) -> str:
        """Return the digest of the code of checkpoint `number`."""
        return self._code(number)[1]

    def recipe(self, number: int) -> Recipe:
        """Return what a checkpoint's environment is made from; that of 0 is empty."""
        if number not in self._recipes:
            self._recipes[number] = recipe(self.tree(number), self.python)
        return self._recipes[number]

    def interpreter(self, number: int) -> Path:
        """Return the Python of a checkpoint's environment, made where missing."""
        return get_or_create(self.recipe(number), self.environments) / "bin" / "python"

    def is_extra(self, number: int) -> bool:
        """Whether this run adds another Python, or newer packages, to the usual.

        Then a checkpoint runs the tests that its own chapter adds, and only the last
        one runs all: the usual Python and the pinned packages run all tests of all.
        """
        other = self.recipe(number).python != interpreter(None)
        return (other or number in self._upgraded) and number < self.source.last

    def is_traced(self, number: int) -> bool:
        """Whether coverage can trace tests: its part in C is for the tool's Python."""
        ours = ".".join(map(str, sys.version_info[:2]))
        return f"{self.recipe(number).python.version}.".startswith(f"{ours}.")

    def marked_in(self, number: int) -> str:
        """Name the folder whose tests of real parts are run; empty for all of them.

        They take seconds, so they run at their own checkpoint and at the last one.
        """
        last = number == self.source.last
        return "" if last else self.course.chapter(number).test_folder

    def compiled(self, number: int) -> Compiled:
        """Return a folder of checkpoint `number`, run once, and the trace of its tests.

        The trace is that of the run of all tests, or of the chapter's own, run now.
        """
        with self._locks[number]:
            if number not in self._compiled:
                self._compiled[number] = self._compile(number)
            return self._compiled[number]

    def _compile(self, number: int) -> Compiled:
        folder, python = self.write(self.tree(number)), self.interpreter(number)
        own = self.course.chapter(number).test_folder
        tests = [own] if (folder / own).is_dir() else []
        modules = imported_modules(folder, python, tests)
        with contextlib.suppress(OSError, ValueError, KeyError):
            trace = Trace.read(self._trace_file(number).read_text("utf-8"))
            return Compiled(folder, self.tree(number), trace, modules)
        trace = Trace([], {}, {})
        if self.is_traced(number):
            _, text = run_traced(folder, python, tests, self.work_folder())
            self.store_trace(number, text)
            trace = Trace.read(text) if text else trace
        return Compiled(folder, self.tree(number), trace, modules)

    def store_trace(self, number: int, text: str) -> None:
        """Store what the tests of a checkpoint trace, for this run and others."""
        if text:
            self.traces.mkdir(parents=True, exist_ok=True)
            write_atomically(self._trace_file(number), text.encode())

    def _trace_file(self, number: int) -> Path:
        key = key_of(self.tool, "trace", self.code_key(number), self.recipe(number).key)
        return self.traces / f"{key}.json"

    def passes_in_a_fork(self, number: int, test: str) -> bool:
        """Whether a test of checkpoint `number` passes in a fork, the code being whole.

        test is what pytest takes; of a function, all parameters have to pass.
        """
        known = self.passing[number]
        if test not in known:
            like = self.compiled(number)
            ran = run_tests(
                self.write(like.tree, like),
                self.interpreter(number),
                [test],
                server=self.fork_server(number),
            )
            known |= {test} if ran.holds else set()
        return test in known

    def fork_server(self, number: int) -> ForkServer:
        """Return a server that runs tests of checkpoint `number`, for this thread.

        A thread has one, for the checkpoint that it has asked for last; a new one takes
        the place of one that was killed.
        """
        thread = threading.get_ident()
        known, server = self._servers.get(thread, (0, None))
        if server and known == number and not server.has_ended:
            return server
        if server:
            server.close()
        modules = self.compiled(number).modules
        server = ForkServer(self.interpreter(number), modules)
        self._servers[thread] = number, server
        return server

    def close(self) -> None:
        """End what still runs for the checks."""
        for _, server in self._servers.values():
            server.close()
        self._servers.clear()

    def work_folder(self) -> Path:
        """Make an empty folder of this run."""
        folder = self.temporary / f"work-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def write(self, tree: Tree, like: Compiled | None = None) -> Path:
        """Write a tree to a new folder of this run.

        What Python has compiled is linked from a folder in which the same file was run.
        """
        folder = self.temporary / f"tree-{next(self._numbers)}"
        folder.mkdir()
        write_folder(tree, folder)
        if like:
            _link_compiled(tree, folder, like)
        return folder

    def _code(self, number: int) -> tuple[Mapping[str, File], str]:
        if number not in self._codes:
            code = without_prose(self.tree(number))
            self._codes[number] = code, self.digests.of(code)
        return self._codes[number]
