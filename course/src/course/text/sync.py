"""`course sync`: rewrite listings and outputs that drifted; prose is never changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from course.errors import Problem
from course.source.weave import Source, start_tree
from course.text.diffs import unified
from course.text.listing import commands
from course.text.listing_sync import sync_listings
from course.text.matching import merge, shown_lines
from course.text.parser import Block, TextError, read_texts
from course.text.typist import Environment, Progress, type_chapter
from course.tree import File, write_atomically


@dataclass
class Synced:
    """The texts that change, as they were and as they will be, and what is left."""

    old: dict[str, str] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)  # of rewritten blocks
    problems: list[Problem] = field(default_factory=list)
    tree: dict[str, File] = field(default_factory=dict)  # the source with new texts

    def diff(self) -> str:
        """Return what changes in all texts as one unified diff."""
        pairs = [(path, self.old[path], self.new[path]) for path in sorted(self.new)]
        return "".join(
            unified(old.split("\n"), new.split("\n"), path, path)
            for path, old, new in pairs
        )


def sync(
    source: Source,
    numbers: Iterable[int],
    *,
    environment: Environment,
    python: Path | None = None,
    progress: Progress | None = None,
    holds: Callable[[Source, int], bool] = lambda source, n: False,
) -> Synced:
    """Find what drifted in the texts of chapters, without writing anything.

    Listings come from the checkpoints; then each chapter is typed and its outputs are
    compared, unless holds says of it that its outputs are right. What fits into no
    block, or fails, is listed in `.problems`.
    """
    tree = dict(source.tree)
    synced = Synced(tree=tree)
    for n in numbers:
        left = len(synced.problems)
        _sync_listings(source, n, tree, synced)
        if len(synced.problems) > left:
            continue
        if synced.new:
            source = Source.read(tree)
        if holds(source, n):
            continue
        outputs: dict[Block, list[str]] = {}
        try:
            type_chapter(
                source,
                n,
                environment=environment,
                python=python,
                progress=progress,
                drift=partial(_note_output, outputs),
            )
        except TextError as error:
            message = f"{error.message}\n{error.diff}".rstrip("\n")
            synced.problems.append(Problem(error.path, error.line, message))
        _rewrite(tree, list(outputs.items()), synced)
    return synced


def _sync_listings(
    source: Source, n: int, tree: dict[str, File], synced: Synced
) -> None:
    chapter, target = source.course.chapter(n), source.weave(n)
    parts = read_texts(target, chapter)
    for part in parts:
        if target[part.path].data != tree[part.path].data:
            message = "has markers of the course: it can't be rewritten"
            synced.problems.append(Problem(part.path, None, message))
            return
    blocks = [block for part in parts for block in part.blocks]
    before = start_tree(source.weave(n - 1), target, chapter.folder)
    listings = sync_listings(before, target, blocks)
    synced.problems += listings.problems
    pairs = zip(blocks, listings.blocks, strict=True)
    changed = [(old, new.lines) for old, new in pairs if old.body != new.body]
    _rewrite(tree, changed, synced)


def _note_output(
    outputs: dict[Block, list[str]], block: Block, index: int, printed: list[str]
) -> None:
    """Note what a command printed, to be shown from now on."""
    lines = outputs.get(block, block.lines)
    outputs[block] = _with_output(block, lines, index, printed)


def _with_output(
    block: Block, lines: list[str], index: int, printed: list[str]
) -> list[str]:
    """Return a console block's lines with the output of one command written again."""
    now = replace(block, body="".join(f"{line}\n" for line in lines))
    row, command, shown = commands(now)[index]
    first = row + 1 + command.count("\n")
    foot = shown[len(shown_lines(shown)) :]
    merged = merge(shown_lines(shown), printed)
    return [*lines[:first], *merged, *foot, *lines[first + len(shown) :]]


def _rewrite(
    tree: dict[str, File], changed: list[tuple[Block, list[str]]], synced: Synced
) -> None:
    """Put new lines into the texts; everything else stays byte for byte."""
    for block, lines in sorted(changed, key=lambda pair: pair[0].line, reverse=True):
        text = tree[block.path].data.decode("utf-8")
        rows = text.split("\n")
        end = "\r" if rows[block.line - 1].endswith("\r") else ""
        now_lines = [f"{line}{end}" for line in lines]
        rows[block.line : block.line + len(block.lines)] = now_lines
        now = "\n".join(rows)
        synced.old.setdefault(block.path, text)
        synced.new[block.path] = now
        synced.lines.setdefault(block.path, []).append(block.line)
        tree[block.path] = File(now.encode(), tree[block.path].mode)


def write_texts(root: Path, texts: dict[str, str]) -> None:
    """Replace text files below root, each whole or not at all."""
    for path, text in texts.items():
        write_atomically(root / path, text.encode())
