"""`course verify`: which checks there are."""

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from course.errors import SourceError
from course.verify.results import Verdict, key_of

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


@dataclass(frozen=True, slots=True)
class Task:
    """One check of one chapter; its name distinguishes several of one step."""

    step: str
    chapter: int
    key: str
    check: Callable[[], Verdict]
    name: str = ""
    variant: str = ""  # options of `course verify`: another Python, newest packages

    @property
    def title(self) -> str:
        """`test 2`, `test 2 --python 3.13`, or `knockout 2: apps/x.py#region`."""
        name = f": {self.name}" if self.name else ""
        return f"{self.step} {self.chapter}{self._options}{name}"

    @property
    def command(self) -> str:
        """The command that repeats this check, and others of its kind."""
        return (
            f"course verify --chapter {self.chapter} --only {self.step}{self._options}"
        )

    @property
    def _options(self) -> str:
        return f" {self.variant}" if self.variant else ""


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
        check = partial(module.check, *words)
        tasks.append(Task(step, chapter, key, check, name, checkpoints.variant))
    return tasks
