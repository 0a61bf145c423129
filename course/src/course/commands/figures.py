"""`course figures`: the source in numbers, with the limits that it has to keep."""

import json
import os
from typing import TYPE_CHECKING

import click

from course.branches.finding import annotated_tree
from course.errors import CourseError
from course.git.repository import Repository
from course.terminal import print_table

if TYPE_CHECKING:
    from course.verify.figures import Figures

HEADINGS = ("chapter", "lines", "taught", "given", "tests", "blocks", "excused")


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

    It reads the work tree as it is. The exit code is 1 where a limit is passed. With
    --time it prints instead what `course verify` cost, as stored with its results.
    """
    if time:
        _print_times(chapters, outside)
        return
    from course.verify.figures import count

    figures = count(annotated_tree(Repository.find()))
    if as_json:
        click.echo(json.dumps(figures.as_json(), indent=2))
    else:
        print_table(("what", "now", "limit"), _summary(figures), right=(1, 2))
        click.echo()
        print_table(HEADINGS, _chapters(figures), right=range(1, len(HEADINGS)))
    if figures.exceeded():
        raise CourseError("; ".join(figures.exceeded()))


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
        click.echo(f"{times.missing} checks have no result: run `course verify`")
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
