"""How the checks of a verification are run: some at once, the longest first."""

import itertools
import os
import queue
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from course.errors import CourseError
from course.run import processes
from course.terminal import shorten
from course.verify.results import Results, Verdict
from course.verify.tasks import ProgressReporter, Result, Task, plan, plan_knockout

if TYPE_CHECKING:
    from course.verify.checkpoints import Checkpoints

_LONGEST_FIRST = ["test", "text", "exercises", "start", "migrate", "red", "lint"]
_VARIANT_STEPS = ("test", "start")  # what another Python or newer packages may change

_Order = tuple[int, int, int]
_LAST: _Order = (99, 0, 0)

Followers = Callable[[Result], Sequence[Task]]


def verify(
    checkpoints: "Checkpoints",
    chapters: Sequence[int],
    steps: Sequence[str],
    results: Results,
    reporter: ProgressReporter,
    variants: Sequence["Checkpoints"] = (),
) -> list[Result]:
    """Run the steps of the chapters, and on the variants what these may change.

    A chapter's knock-out begins when its tests have held; they are run for it, also
    where the steps do not name them.
    """
    tasks = plan(checkpoints, chapters, steps)
    if "knockout" in steps and "test" not in steps:
        tasks += plan(checkpoints, chapters, ["test"])
    for variant in variants:
        tasks += plan(variant, chapters, [s for s in _VARIANT_STEPS if s in steps])

    def followers(result: Result) -> Sequence[Task]:
        task = result.task
        sound = task.step == "test" and not task.variant and result.verdict.holds
        if "knockout" not in steps or not sound:
            return ()
        return plan_knockout(checkpoints, task.chapter)

    return run(tasks, results, reporter, followers=followers)


def run(
    tasks: Sequence[Task],
    results: Results,
    reporter: ProgressReporter,
    workers: int | None = None,
    followers: Followers = lambda result: (),
) -> list[Result]:
    """Run the tasks that have no stored result, some at once.

    followers says which tasks a result brings. Returns the results in the order in
    which tasks came. On KeyboardInterrupt every program that was begun is ended, and
    the exception goes on.
    """
    pool = _Pool(workers or os.cpu_count() or 1, reporter)
    numbers, done = itertools.count(), dict[int, Result]()
    ended: list[tuple[int, Result]] = []
    alike: dict[str, list[tuple[int, Task]]] = {}  # by key: run once, told of each

    def add(more: Sequence[Task]) -> None:
        reporter.begin(len(more))
        waiting = []
        for task in more:
            number, known = next(numbers), results.get(task.key)
            if known is not None:
                ended.append((number, Result(task, known, cached=True)))
            elif task.key in alike:
                alike[task.key].append((number, task))
            else:
                alike[task.key] = []
                waiting.append((number, task))
        pool.add(waiting)

    try:
        add(tasks)
        while ended or pool.unfinished:
            number, result = ended.pop(0) if ended else pool.wait()
            if not result.cached:
                results.put(result.task.key, result.verdict)
                for other, task in alike.pop(result.task.key):
                    ended.append((other, Result(task, result.verdict, cached=True)))
            done[number] = result
            reporter.finished(result)
            add(followers(result))
    except BaseException:
        processes.end_all()
        raise
    finally:
        pool.close()
    return [done[number] for number in sorted(done)]


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
        name = shorten(f"{type(error).__name__}: {error}")
        verdict = Verdict(False, name, traceback.format_exc())
    seconds = time.monotonic() - began
    cost = replace(verdict, wall_seconds=seconds, cpu_seconds=_used() - used)
    return Result(task, cost, seconds)


class _Pool:
    """Threads that run tasks in order; they mostly wait for programs."""

    def __init__(self, workers: int, reporter: ProgressReporter) -> None:
        self.unfinished = 0
        self._reporter = reporter
        self._seen = Counter[tuple[str, int]]()
        self._todo: queue.PriorityQueue[tuple[_Order, int, Task | None]]
        self._todo = queue.PriorityQueue()
        self._ended: queue.SimpleQueue[tuple[int, Result]] = queue.SimpleQueue()
        self._workers = workers
        for _ in range(workers):
            threading.Thread(target=self._work, daemon=True).start()

    def add(self, numbered: Sequence[tuple[int, Task]]) -> None:
        """Have tasks run when their turn comes; a number tells one from all others."""
        self.unfinished += len(numbered)
        ordered = [(self._order(task), number, task) for number, task in numbered]
        for item in sorted(ordered, key=lambda one: one[:2]):
            self._todo.put(item)

    def wait(self) -> tuple[int, Result]:
        """Return the next result; there is an unfinished task."""
        ended = self._ended.get()
        self.unfinished -= 1
        return ended

    def close(self) -> None:
        """Let the threads end after what they run now."""
        for number in range(self._workers):
            self._todo.put((_LAST, number, None))

    def _work(self) -> None:
        while True:
            _, number, task = self._todo.get()
            if task is None:
                return
            self._reporter.started(task)
            try:
                self._ended.put((number, run_one(task)))
            except processes.Stopped:
                return

    def _order(self, task: Task) -> _Order:
        """Put what takes longest first, and of one step the chapters in turn.

        In turn, for the first of a chapter may have to make what its others share. The
        last chapter has most tests; but the first ones start servers, and a server that
        lacks a part is waited for.
        """
        if task.step == "knockout":
            return len(_LONGEST_FIRST) + 1, task.chapter, 0
        known = task.step in _LONGEST_FIRST
        step = _LONGEST_FIRST.index(task.step) if known else len(_LONGEST_FIRST)
        turn = self._seen[task.step, task.chapter]
        self._seen[task.step, task.chapter] += 1
        return step, turn, -task.chapter


def _used() -> float:
    """Return the processor time of this thread and of the programs that it has run."""
    return time.thread_time() + processes.cpu_seconds()
