"""`course figures`: the source in numbers, with the limits that it has to keep."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from course.errors import CourseError
from course.git import Repository

if TYPE_CHECKING:
    from course.figures import Figures

HEADINGS = ("chapter", "lines", "taught", "given", "tests", "blocks", "excused")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(as_json: bool) -> None:
    """Count lines, markers, growth files and replaced lines, and each chapter's share.

    It reads the work tree as it is. The exit code is 1 where a limit is passed.
    """
    from course.figures import count

    figures = count(Repository.find().annotated_tree())
    if as_json:
        click.echo(json.dumps(figures.as_json(), indent=2))
    else:
        _show(_summary(figures), ("what", "now", "limit"))
        click.echo()
        _show(_chapters(figures), HEADINGS)
    if figures.exceeded():
        raise CourseError("; ".join(figures.exceeded()))


def _summary(figures: "Figures") -> list[tuple[str, ...]]:
    from course.figures import MOST_GROWTH_FILES, MOST_MARKERS, MOST_REPLACED

    return [
        ("files", str(figures.files), ""),
        ("lines", str(figures.lines), ""),
        (
            "marker lines",
            f"{figures.markers} ({figures.marker_share:.1%})",
            f"under {MOST_MARKERS:.0%}",
        ),
        ("growth files", str(len(figures.growth_files)), f"under {MOST_GROWTH_FILES}"),
        (
            "replaced lines",
            f"{figures.replaced} ({figures.replaced_share:.1%})",
            f"under {MOST_REPLACED:.0%}",
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


def _show(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> None:
    """Print a table where a person looks, plain columns where it is piped."""
    if sys.stdout.isatty():
        from rich.table import Table

        from course.terminal import console

        table = Table()
        for at, heading in enumerate(headings):
            table.add_column(heading, justify="right" if at else "left")
        for row in rows:
            table.add_row(*row)
        console().print(table)
        return
    every = [headings, *rows]
    widths = [max(len(row[at]) for row in every) for at in range(len(headings))]
    for row in every:
        first, *others = [
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join([first, *others]).rstrip())
