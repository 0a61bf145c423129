"""`course verify`: check every chapter of the work tree as it is."""

import signal
import sys
import time
from pathlib import Path
from types import FrameType

import click

from course.commands import COMMANDS
from course.verify.tasks import STEPS

HELP = """Check every chapter: the work tree as it is, uncommitted edits included.

Steps: weave, lint, migrate, test, start, text, red, exercises and knockout. What held
before and has not changed is not run again. The knock-out leaves out one part of a
chapter at a time, to see whether a test misses it; it comes last and takes longest.
To leave it out, name the other steps: --only weave --only lint ...
"""


@click.command("verify", help=HELP)
@click.option(
    "--chapter", "chapters", type=int, multiple=True, help="Only this chapter; repeat."
)
@click.option(
    "--only",
    "steps",
    type=click.Choice(STEPS),
    multiple=True,
    help="Only this step; repeat.",
)
@click.option("--no-cache", is_flag=True, help="Check again what held before.")
@click.option(
    "--latest", is_flag=True, help="With the newest packages that the ranges allow."
)
@click.option("--python", metavar="X.Y", help="With this Python: a version or a path.")
@click.option(
    "--also",
    metavar="X.Y|newest",
    multiple=True,
    help="Run tests and starts on this Python, or the newest packages, too; repeat.",
)
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write junit.xml and report.json to this folder, not to .git/course/report.",
)
def command(
    chapters: tuple[int, ...],
    steps: tuple[str, ...],
    no_cache: bool,
    latest: bool,
    python: str | None,
    also: tuple[str, ...],
    report: Path | None,
) -> None:
    """Plan, run, report; exit 1 where a check failed, 130 when interrupted."""
    from course.verify.verification import Options, verification

    signal.signal(signal.SIGTERM, _interrupt)
    options = Options(
        chapters,
        steps or STEPS,
        cached=not no_cache,
        latest=latest,
        python=python,
        also=also,
        commands=tuple(COMMANDS),
    )
    began = time.monotonic()
    try:
        holds = verification(options, report, began)
    except KeyboardInterrupt:
        click.echo(
            "course: interrupted; everything that was started is stopped", err=True
        )
        sys.exit(130)
    sys.exit(0 if holds else 1)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
