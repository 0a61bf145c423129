"""`course sync`: write listings, outputs and diagrams of the texts again."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import click

from course.branches.finding import annotated_tree
from course.errors import SourceError
from course.git.repository import Repository

if TYPE_CHECKING:
    from course.source.weave import Source


@click.command()
@click.argument("numbers", type=int, nargs=-1, metavar="[N]...")
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option("--python", metavar="X.Y", help="With this Python: a version or a path.")
def command(numbers: tuple[int, ...], dry_run: bool, python: str | None) -> None:
    """Rewrite listings and outputs that drifted in chapters N (by default in all)."""
    from course.run import environments
    from course.run.interpreters import interpreter
    from course.source.weave import Source
    from course.text.sync import sync, write_texts

    repository = Repository.find()
    source = Source.read(annotated_tree(repository))
    every = range(1, source.last + 1)
    wanted = sorted(
        {source.course.chapter(number).number for number in numbers or every}
    )
    synced = sync(
        source,
        wanted,
        environment=functools.partial(environments.create_by_links, python=python),
        python=interpreter(python).path,
    )
    if dry_run:
        click.echo(synced.diff(), nl=False)
    else:
        write_texts(repository.root, synced.new)
        for path in sorted(synced.new):
            lines = ", ".join(map(str, sorted(set(synced.lines[path]))))
            click.echo(f"{path}: rewrote the blocks at line {lines}")
    drawn = _draw(repository.root, Source.read(synced.tree), wanted, dry_run)
    if synced.problems:
        raise SourceError(synced.problems)
    if not synced.new and not drawn:
        click.echo("nothing drifted")


def _draw(root: Path, source: "Source", numbers: list[int], dry_run: bool) -> int:
    """Draw the diagrams that have no picture, or an earlier one; return how many."""
    from course.text.diagrams import diagrams, draw, is_current
    from course.text.parser import read_texts
    from course.tree import write_atomically

    count = 0
    for number in numbers:
        chapter, tree = source.course.chapter(number), source.weave(number)
        for block, path in diagrams(read_texts(tree, chapter)):
            if path in tree and is_current(block, tree[path].data):
                continue
            count += 1
            if not dry_run:
                write_atomically(root / path, draw(block))
            click.echo(f"{path}: {'would draw' if dry_run else 'drew'} the diagram")
    return count
