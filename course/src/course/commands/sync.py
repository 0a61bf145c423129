"""`course sync`: write listings, outputs and diagrams of the texts again."""

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from course.branches.finding import annotated_tree
from course.errors import SourceError
from course.git.repository import Repository

if TYPE_CHECKING:
    from course.source.weave import Source
    from course.text.parser import Block


@click.command()
@click.argument("numbers", type=int, nargs=-1, metavar="[N]...")
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option(
    "--listings", is_flag=True, help="Run nothing: leave outputs as they are."
)
@click.option("--no-cache", is_flag=True, help="Type again what verify found right.")
@click.option("--python", metavar="X.Y", help="With this Python: a version or a path.")
def command(
    numbers: tuple[int, ...],
    dry_run: bool,
    listings: bool,
    no_cache: bool,
    python: str | None,
) -> None:
    """Rewrite listings and outputs that drifted in chapters N (by default in all).

    A text that `course verify` has typed, and that held, is not typed again.
    """
    from course.run import environments
    from course.run.interpreters import interpreter
    from course.source.weave import Source
    from course.text.sync import sync, write_texts
    from course.verify.verification import text_holds

    repository = Repository.find()
    source = Source.read(annotated_tree(repository))
    every = range(1, source.last + 1)
    wanted = sorted(
        {source.course.chapter(number).number for number in numbers or every}
    )

    def holds(source: Source, number: int) -> bool:
        return listings or (not no_cache and text_holds(source, number, python))

    synced = sync(
        source,
        wanted,
        environment=functools.partial(environments.create_by_links, python=python),
        python=interpreter(python).path,
        progress=_Typing().say,
        holds=holds,
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


class _Typing:
    """Says what is being typed: a line for each text, and on a terminal each block."""

    def __init__(self) -> None:
        """Begin with no text."""
        self.path = ""

    def say(self, block: "Block", index: int, total: int) -> None:
        """Say that a block is typed now, the one at index of a chapter's total."""
        live = sys.stderr.isatty()
        done = f"{block.path}: typing, {index + 1} of {total} blocks"
        if live:
            click.echo(
                f"\r\033[K{done if index + 1 < total else ''}", nl=False, err=True
            )
        elif block.path != self.path:
            click.echo(done, err=True)
        self.path = block.path


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
