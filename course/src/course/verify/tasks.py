"""`course verify`: which checks there are, and how they are run."""

import importlib
import os
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from course.errors import CourseError, SourceError
from course.run import processes
from course.terminal import shorten
from course.verify.results import Results, Verdict, key_of

if TYPE_CHECKING:
    from course.verify.checkpoints import Checkpoints

STEPS = (
    "weave",
    "lint",
    "migrate",
    "test",
    "start",
    "text",
    "red",
    "exercises",
    "knockout",
)
_LONGEST_FIRST = ["test", "text", "exercises", "start", "migrate", "red", "lint"]


@dataclass(frozen=True, slots=True)
class Task:
    """One check of one chapter; its name distinguishes several of one step."""

    step: str
    chapter: int
    key: str
    check: Callable[[], Verdict]
    name: str = ""

    @property
    def title(self) -> str:
        """`test 2`, or `knockout 2: apps/x.py#region`."""
        return f"{self.step} {self.chapter}" + (f": {self.name}" if self.name else "")

    @property
    def command(self) -> str:
        """The command that repeats this check, and others of its kind."""
        return f"course verify --chapter {self.chapter} --only {self.step}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a task; seconds is 0 where the stored result was used."""

    task: Task
    verdict: Verdict
    seconds: float = 0.0
    cached: bool = False


@dataclass
class ProgressReporter:
    """Follows a run to show it to somebody; this one shows nothing."""

    total: int = 0
    results: list[Result] = field(default_factory=list)

    def begin(self, tasks: int) -> None:
        """Expect so many tasks more."""
        self.total += tasks

    def started(self, task: Task) -> None:
        """Note that a task is running now."""

    def finished(self, result: Result) -> None:
        """Note that a task is done, or that a stored result was used."""
        self.results.append(result)

    def close(self) -> None:
        """Note that nothing more will come."""


def plan(
    checkpoints: "Checkpoints", chapters: Iterable[int], steps: Iterable[str]
) -> list[Task]:
    """List the checks of these chapters and steps, but for the knock-out's."""
    wanted = [step for step in STEPS if step in set(steps) and step != "knockout"]
    numbers = sorted(set(chapters))
    tasks = [
        task
        for n in numbers
        for step in wanted
        for task in _of_step(checkpoints, step, n)
    ]
    if "text" in wanted:
        tasks += _prose(checkpoints, numbers)
    return tasks


def _prose(checkpoints: "Checkpoints", chapters: Sequence[int]) -> list[Task]:
    """List the checks of the prose; the project's own goes with the last chapter."""
    from course.verify.checks import prose

    tasks = []
    for n in chapters:
        key = key_of(checkpoints.tool, "prose", n, prose.key(checkpoints, n))
        tasks.append(
            Task("text", n, key, partial(prose.check, checkpoints, n), "prose")
        )
    if checkpoints.source.last in chapters:
        key = key_of(checkpoints.tool, "own prose", prose.own_key(checkpoints))
        check = partial(prose.own_check, checkpoints)
        tasks.append(Task("text", checkpoints.source.last, key, check, "README"))
    return tasks


def plan_knockout(checkpoints: "Checkpoints", chapter: int) -> list[Task]:
    """List a chapter's knock-outs: one a unit, and one for excuses without a unit."""
    from course.verify.checks import knockout

    excuses = sorted(checkpoints.course.chapter(chapter).survives)
    units = checkpoints.source.units(chapter)
    names = [unit.id for unit in units]
    tasks = [
        Task(
            "knockout",
            chapter,
            key_of(checkpoints.tool, "stale", chapter, excuses, names),
            partial(knockout.stale, checkpoints, chapter),
            "excuses",
        )
    ]
    for unit in units:
        key = key_of(
            checkpoints.tool, "knockout", knockout.key(checkpoints, chapter, unit)
        )
        check = partial(knockout.check, checkpoints, chapter, unit)
        tasks.append(Task("knockout", chapter, key, check, unit.id))
    return tasks


def run(
    tasks: Sequence[Task],
    results: Results,
    reporter: ProgressReporter,
    workers: int | None = None,
) -> list[Result]:
    """Run the tasks that have no stored result, some at once.

    Returns the results in the order of the tasks. On KeyboardInterrupt every program
    that was begun is ended, and the exception goes on.
    """
    reporter.begin(len(tasks))
    done: dict[int, Result] = {}
    waiting: list[tuple[int, Task]] = []
    for index, task in enumerate(tasks):
        known = results.get(task.key)
        if known is None:
            waiting.append((index, task))
            continue
        done[index] = Result(task, known, cached=True)
        reporter.finished(done[index])
    _sort(waiting)
    try:
        for index, result in _run_all(waiting, reporter, workers or _workers()):
            results.put(result.task.key, result.verdict)
            reporter.finished(result)
            done[index] = result
    except BaseException:
        processes.end_all()
        raise
    return [done[index] for index in range(len(tasks))]


def verify(
    checkpoints: "Checkpoints",
    chapters: Sequence[int],
    steps: Sequence[str],
    results: Results,
    reporter: ProgressReporter,
) -> list[Result]:
    """Run the steps of the chapters; the knock-out comes last, where the tests hold."""
    found = run(plan(checkpoints, chapters, steps), results, reporter)
    if "knockout" in steps:
        tests = {one.task.chapter: one for one in found if one.task.step == "test"}
        missing = [n for n in chapters if n not in tests]
        found += run(plan(checkpoints, missing, ["test"]), results, reporter)
        sound = {
            one.task.chapter
            for one in found
            if one.task.step == "test" and one.verdict.holds
        }
        knockouts = [
            plan_knockout(checkpoints, n) for n in sorted(set(chapters)) if n in sound
        ]
        found += run([task for tasks in knockouts for task in tasks], results, reporter)
    return found


def broken_source(error: SourceError) -> Result:
    """Return the result of a source that cannot be woven at all."""
    verdict = Verdict(False, f"{len(error.problems)} faults in the source", str(error))
    return Result(Task("weave", 0, "", lambda: verdict), verdict)


def _of_step(checkpoints: "Checkpoints", step: str, chapter: int) -> list[Task]:
    """Make the tasks of a step; its module is imported where it is first needed.

    A step has one, but for the exercises: one for each, which several cores share.
    """
    module = importlib.import_module(f"course.verify.checks.{step}")
    named = step == "exercises"
    tasks = []
    for name in module.names(checkpoints, chapter) if named else [""]:
        words = (checkpoints, chapter, name) if named else (checkpoints, chapter)
        key = key_of(checkpoints.tool, step, chapter, name, module.key(*words))
        tasks.append(Task(step, chapter, key, partial(module.check, *words), name))
    return tasks


def _workers() -> int:
    """Return one more than there are cores: texts and tests wait for servers a lot."""
    return (os.cpu_count() or 1) + 1


def _sort(waiting: list[tuple[int, Task]]) -> None:
    """Put what takes longest first, and of one step the chapters in turn, last first.

    In turn, for the first of a chapter may have to make what its others share.
    """
    seen = Counter[tuple[str, int]]()
    order: dict[int, tuple[int, int, int]] = {}
    for index, task in waiting:
        known = task.step in _LONGEST_FIRST
        step = _LONGEST_FIRST.index(task.step) if known else len(_LONGEST_FIRST)
        order[index] = step, seen[task.step, task.chapter], -task.chapter
        seen[task.step, task.chapter] += 1
    waiting.sort(key=lambda item: order[item[0]])


def _run_all(
    waiting: Sequence[tuple[int, Task]], reporter: ProgressReporter, workers: int
) -> Iterator[tuple[int, Result]]:
    """Run tasks in threads, which mostly wait for programs; give each as it ends."""
    todo: queue.SimpleQueue[tuple[int, Task]] = queue.SimpleQueue()
    ended: queue.SimpleQueue[tuple[int, Result]] = queue.SimpleQueue()
    for item in waiting:
        todo.put(item)

    def work() -> None:
        while True:
            try:
                index, task = todo.get_nowait()
                reporter.started(task)
                ended.put((index, run_one(task)))
            except (queue.Empty, processes.Stopped):
                return

    for _ in range(min(workers, len(waiting))):
        threading.Thread(target=work, daemon=True).start()
    for _ in waiting:
        yield ended.get()


def run_one(task: Task) -> Result:
    """Run one task; whatever it raises is a failure of it alone."""
    began, used = time.monotonic(), _used()
    try:
        verdict = task.check()
    except CourseError as error:
        verdict = Verdict(False, shorten(str(error)), str(error))
    except processes.Stopped:
        raise
    except BaseException as error:  # a fault of the tool's own; the others go on
        import traceback

        name = shorten(f"{type(error).__name__}: {error}")
        verdict = Verdict(False, name, traceback.format_exc())
    seconds = time.monotonic() - began
    cost = replace(verdict, wall_seconds=seconds, cpu_seconds=_used() - used)
    return Result(task, cost, seconds)


def _used() -> float:
    """Return the processor time of this thread and of the programs that it has run."""
    return time.thread_time() + processes.cpu_seconds()
