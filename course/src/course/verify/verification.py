"""One verification from end to end: read, plan, run, show, report."""

import os
import sys
import time
from collections.abc import Collection
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
from course.verify.tasks import Result, Watcher, broken_source, verify


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
    watcher: Watcher = display.Live() if live else display.Plain()
    results = Results(home / "results", options.cached)
    try:
        found = _verify(repository, options, results, watcher)
    except SourceError as error:
        found = [broken_source(error)]
    finally:
        watcher.close()
    seconds = time.monotonic() - began
    report.write(found, where, seconds)
    failures = display.failures(found)
    if failures:
        click.echo(failures + "\n")
    click.echo(display.closing(found, seconds))
    if not all(one.cached for one in found):
        results.prune()
    return all(one.verdict.holds for one in found)


def _verify(
    repository: Repository, options: Options, results: Results, watcher: Watcher
) -> list[Result]:
    source = Source.read(annotated_tree(repository))
    for number in options.chapters:
        source.course.chapter(number)
    chapters = options.chapters or tuple(range(1, source.last + 1))
    with scratch("verify") as temporary:
        environments = repository.tool_folder / "environments"
        checkpoints = Checkpoints(
            source,
            temporary,
            environments,
            python=options.python,
            latest=options.latest,
            commands=options.commands,
        )
        return verify(checkpoints, chapters, options.steps, results, watcher)
