"""One verification from end to end: read, plan, run, show, report."""

import os
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from course.branches.finding import annotated_tree
from course.errors import SourceError
from course.git.repository import Repository
from course.run.interpreters import interpreter
from course.run.scratch import scratch
from course.source.weave import Source
from course.verify import display, report
from course.verify.checkpoints import Checkpoints
from course.verify.results import Results
from course.verify.tasks import (
    STEPS,
    ProgressReporter,
    Result,
    broken_source,
    plan,
    plan_knockout,
    verify,
)
from course.verify.times import Times, collect

CACHE = "COURSE_CACHE"  # a folder for results that outlives a clone, as CI has


@dataclass(frozen=True, slots=True)
class Options:
    """What to check and how; no chapters means all of them."""

    chapters: tuple[int, ...]
    steps: tuple[str, ...]
    cached: bool = True
    latest: bool = False
    python: str | None = None
    commands: Collection[str] = ()  # of `course`, that the texts may name


def verification(options: Options, folder: Path | None, began: float) -> bool:
    """Verify the work tree that we are in; True where every check holds.

    folder is where the reports go, by default below the git folder; began is the
    monotonic time of the start. Raises UsageError for an unknown chapter or Python.
    """
    repository = Repository.find()
    interpreter(options.python)  # an unknown one is bad use, before anything is done
    home = repository.tool_folder
    where = report.make_folder(folder or home / "report")
    live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    reporter: ProgressReporter = display.Live() if live else display.Plain()
    results = Results(_shared(repository) / "results", options.cached)
    # Trees are this run's own: compiled files in them trouble nobody and save much.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        found = _verify(repository, options, results, reporter)
    except SourceError as error:
        found = [broken_source(error)]
    finally:
        reporter.close()
    seconds = time.monotonic() - began
    report.write(found, where, seconds)
    failures = display.failures(found)
    if failures:
        click.echo(failures + "\n")
    click.echo(display.closing(found, seconds))
    if not all(one.cached for one in found):
        results.prune()
    return all(one.verdict.holds for one in found)


def cost(commands: Collection[str]) -> Times:
    """Return what the stored results of the work tree's checks cost, step by step.

    commands are those of `course`, on which the checks of the prose depend.
    """
    repository = Repository.find()
    source = Source.read(annotated_tree(repository))
    results = Results(_shared(repository) / "results")
    with _checkpoints(source, results, Options((), STEPS, commands=commands)) as one:
        every = range(1, source.last + 1)
        tasks = plan(one, every, STEPS)
        for number in every:
            tasks += plan_knockout(one, number)
        return collect(tasks, results)


def _shared(repository: Repository) -> Path:
    """Return the folder of results and environments: CI's own, or the clone's."""
    named = os.environ.get(CACHE)
    return Path(named).absolute() if named else repository.tool_folder


def _verify(
    repository: Repository,
    options: Options,
    results: Results,
    reporter: ProgressReporter,
) -> list[Result]:
    source = Source.read(annotated_tree(repository))
    for number in options.chapters:
        source.course.chapter(number)
    chapters = options.chapters or tuple(range(1, source.last + 1))
    with _checkpoints(source, results, options) as checkpoints:
        return verify(checkpoints, chapters, options.steps, results, reporter)


@contextmanager
def _checkpoints(
    source: Source, results: Results, options: Options
) -> Iterator[Checkpoints]:
    """Give what the checks share, and take its temporary folder away again."""
    with scratch("verify") as temporary:
        yield Checkpoints(
            source,
            temporary,
            results.folder.with_name("environments"),
            results.folder / "traces",
            python=options.python,
            latest=options.latest,
            commands=options.commands,
        )
