"""Output: tables on a terminal, plain text where it is piped, and short texts."""

import os
import shlex
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console


def print_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Container[int] = (),
    green: Callable[[Sequence[str]], bool] = lambda row: False,
) -> None:
    """Print a table: a drawn one on a terminal, plain columns where it is piped.

    right are the columns (from 0) of numbers; green says which rows are done.
    """
    every = [list(headings), *map(list, rows)]
    if not sys.stdout.isatty():
        widths = [max(map(len, column)) for column in zip(*every, strict=True)]
        for row in every:
            cells = [
                cell.rjust(width) if at in right else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            click.echo("  ".join(cells).rstrip())
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, heading in enumerate(headings):
        table.add_column(heading, justify="right" if at in right else "left")
    for row in every[1:]:
        table.add_row(*row, style="green" if green(row) else None)
    console().print(table, soft_wrap=False)  # cells fold, lines don't


@cache
def console(*, stderr: bool = False) -> "Console":
    """Return the one console of a stream; rich is imported here, not at start-up."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def display_tool(folder: Path | None = None) -> str:
    """Write this program as a person in a folder would type it: `../.venv/bin/course`.

    folder is by default the one in which we were called.
    """
    tool = Path(sys.argv[0])
    if tool.name != "course":  # a test's, or `python -c`
        return "course"
    path = str(tool.parent.resolve() / tool.name)
    try:
        relative = os.path.relpath(path, folder.resolve() if folder else None)
    except FileNotFoundError:  # somebody has deleted the folder that we are in
        relative = path
    return shlex.quote(min(relative, path, key=len))


def first_few(paths: list[str], most: int = 3) -> str:
    """List the first of some paths, and count the rest."""
    rest = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + rest


def shorten(text: str, width: int = 60) -> str:
    """Return the first line of a text, cut off with an ellipsis where it is long."""
    first = text.partition("\n")[0]
    return first if len(first) <= width else first[: width - 1] + "\u2026"
