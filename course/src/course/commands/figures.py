"""`course figures`: the source in numbers, with the limits that it has to keep."""

import json
import os
from typing import TYPE_CHECKING

import click

from course.branches.finding import annotated_tree
from course.errors import CourseError
from course.git.repository import Repository
from course.terminal import display_tool, print_table

if TYPE_CHECKING:
    from course.verify.figures import Figures

HEADINGS = ("chapter", "lines", "taught", "given", "tests", "blocks", "excused")
LESSON_HEADINGS = ("app", "lines added", "typed", "typed or shown")
PART_HEADINGS = ("part", "words", "lines", "commands", "tests", "minutes", "manifest")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--time", "time", is_flag=True, help="Print what verifying costs.")
@click.option(
    "--chapters",
    type=click.IntRange(min=1),
    default=13,
    show_default=True,
    help="With --time: for how many chapters to project it.",
)
@click.option(
    "--outside",
    type=click.FloatRange(min=0),
    default=0.0,
    help="With --time: seconds of what CI runs outside of chapters (the tool's tests).",
)
def command(as_json: bool, time: bool, chapters: int, outside: float) -> None:
    """Count lines, markers, growth files and replaced lines, and each chapter's share.

    Then what the reader types and sees of the app's lines, and the minutes of each
    part: words at 180 a minute, 12 s a typed line, 25 s a command, and its test runs
    as `course verify` measured them. It reads the work tree as it is. The exit code is
    1 where a limit is passed; the goals of a lesson are only printed. With --time it
    prints instead what `course verify` cost, as stored with its results.
    """
    if time:
        _print_times(chapters, outside)
        return
    from course.commands import COMMANDS
    from course.verify.figures import count
    from course.verify.verification import test_seconds

    figures = count(annotated_tree(Repository.find()))
    figures = figures.with_tests(test_seconds(tuple(COMMANDS)))
    if as_json:
        click.echo(json.dumps(figures.as_json(), indent=2))
    else:
        _print_figures(figures)
    if figures.exceeded():
        raise CourseError("; ".join(figures.exceeded()))


def _print_figures(figures: "Figures") -> None:
    """Print the source, the chapters and the lessons, and how far the goals are."""
    print_table(("what", "now", "limit"), _summary(figures), right=(1, 2))
    for headings, rows in (
        (HEADINGS, _chapters(figures)),
        (LESSON_HEADINGS, _lessons(figures)),
        (PART_HEADINGS, _parts(figures)),
    ):
        click.echo()
        print_table(headings, rows, right=range(1, len(headings)))
    missed = [line for chapter in figures.chapters for line in chapter.missed()]
    if missed:
        click.echo("\nNot there yet:")
    for line in missed:
        click.echo(f"  {line}")


def _print_times(count: int, outside: float) -> None:
    """Print processor seconds by step and chapter, and what more chapters will cost."""
    from course.commands import COMMANDS
    from course.verify.tasks import STEPS
    from course.verify.times import project
    from course.verify.verification import cost

    times = cost(tuple(COMMANDS))
    known = times.chapters
    rows = [
        (step, *(f"{times.of(step, n):.1f}" for n in known), f"{times.total(step):.1f}")
        for step in STEPS
    ]
    totals = [sum(times.of(step, n) for step in STEPS) for n in known]
    rows.append(("all", *(f"{one:.1f}" for one in totals), f"{sum(totals):.1f}"))
    headings = ("processor seconds", *(f"chapter {n}" for n in known), "all")
    print_table(headings, rows, right=range(1, len(headings)))
    if times.missing:
        click.echo(
            f"{times.missing} checks have no result: run `{display_tool()} verify`"
        )
    click.echo()
    cores = os.cpu_count() or 1
    print_table(
        ("projection, minutes", "verify", "verify, last changed", "CI", "CI, changed"),
        [
            (
                f"{one.chapters} chapters on {cores} cores",
                *(
                    f"{seconds / cores / 60:.1f}"
                    for seconds in (
                        one.from_nothing,
                        one.one_changed,
                        one.ci_from_nothing,
                        one.ci_one_changed,
                    )
                ),
            )
            for one in (project(times, n, outside) for n in {len(known): 0, count: 0})
        ],
        right=range(1, 5),
    )


def _summary(figures: "Figures") -> list[tuple[str, ...]]:
    from course.verify.figures import MAX_MARKER_SHARE, MAX_REPLACED_SHARE

    return [
        ("files", str(figures.files), ""),
        ("lines", str(figures.lines), ""),
        (
            "marker lines",
            f"{figures.markers} ({figures.marker_share:.1%})",
            f"under {MAX_MARKER_SHARE:.0%}",
        ),
        ("growth files", str(len(figures.growth_files)), ""),
        (
            "replaced lines",
            f"{figures.replaced} ({figures.replaced_share:.1%})",
            f"under {MAX_REPLACED_SHARE:.0%}",
        ),
    ]


def _chapters(figures: "Figures") -> list[tuple[str, ...]]:
    return [
        (
            f"{one.number} {one.slug}",
            *map(str, (one.added, one.taught, one.given)),
            *map(str, (one.tests, one.checked, one.excused)),
        )
        for one in figures.chapters
    ]


def _lessons(figures: "Figures") -> list[tuple[str, ...]]:
    return [
        (
            f"{one.number} {one.slug}",
            str(one.app.added),
            f"{one.app.typed_share:.0%}",
            f"{one.app.seen_share:.0%}",
        )
        for one in figures.chapters
    ]


def _parts(figures: "Figures") -> list[tuple[str, ...]]:
    return [
        (
            f"{one.number}.{part.number}" if len(one.parts) > 1 else str(one.number),
            *map(str, (part.effort.words, part.effort.lines, part.effort.commands)),
            "?" if part.tests is None else f"{part.tests:.0f} s",
            f"{part.minutes:.0f}",
            str(part.promised),
        )
        for one in figures.chapters
        for part in one.parts
    ]
