"""`course figures`: the source in numbers, with the limits that it has to keep."""

import json
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
def command(as_json: bool) -> None:
    """Count lines, markers, growth files and replaced lines, and each chapter's share.

    It reads the work tree as it is. The exit code is 1 where a limit is passed.
    """
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
