"""`course sync`: write listings, outputs and diagrams of the texts again."""

import functools
from pathlib import Path

import click

from course.errors import SourceError, UsageError
from course.git import COURSE_FILE, Repository


@click.command()
@click.argument("numbers", type=int, nargs=-1, metavar="[N]...")
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option("--python", metavar="X.Y", help="With this Python: a version or a path.")
def command(numbers: tuple[int, ...], dry_run: bool, python: str | None) -> None:
    """Rewrite what drifted in the texts of chapters N, or of all; prose stays."""
    from course import environments
    from course.interpreters import interpreter
    from course.sync import sync, write_texts
    from course.weave import Source

    repository = Repository.find()
    tree = repository.work_tree()
    if COURSE_FILE not in tree:
        raise UsageError("the texts are synced on main, where chapters/course.toml is")
    source = Source.read(tree)
    chosen = sorted({source.course.chapter(number).number for number in numbers})
    synced = sync(
        source,
        chosen or range(1, source.last + 1),
        environment=functools.partial(environments.fresh, python=python),
        python=interpreter(python).path,
    )
    if dry_run:
        click.echo(synced.diff(), nl=False)
    else:
        write_texts(repository.root, synced.new)
        for path in sorted(synced.new):
            lines = ", ".join(map(str, sorted(set(synced.lines[path]))))
            click.echo(f"{path}: rewrote the blocks at line {lines}")
    _draw(repository.root, {**tree, **synced.tree}, chosen, dry_run)
    if synced.problems:
        raise SourceError(synced.problems)
    if not synced.new:
        click.echo("no listing and no output drifted")


def _draw(root: Path, tree: object, numbers: list[int], dry_run: bool) -> None:
    """Draw the diagrams that have no current picture."""
