"""The reader's tree while a text is followed; nothing is run for it."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from course.errors import Problem
from course.text.listing import (
    blank_lines,
    lines_of,
    simulate_commands,
    type_block,
    usual_blank_lines,
)
from course.text.parser import CONSOLES, Block, Part, TextError
from course.tree import File, Tree


@dataclass(frozen=True, slots=True)
class Point:
    """The end of a step: the tree that the reader has there, and what led to it."""

    step: int  # 0 for what stands before step 1
    title: str
    tree: Tree
    others: tuple[Tree, ...]  # how it may be as well, until the next step begins
    tries: tuple[Block, ...]  # what was to be undone, up to there
    changes: bool  # whether the step itself changes a file
    removed: frozenset[str] = frozenset()  # what goes again at the end of the part

    def allows(self, path: str, file: File | None) -> bool:
        """Whether the reader may have a file so, or may be without it (None)."""
        return any(tree.get(path) == file for tree in (self.tree, *self.others))


def tree_after(
    before: Tree, target: Tree, parts: Iterable[Part], *, tries: bool = False
) -> dict[str, File]:
    """Return the reader's tree after a text.

    before is where the chapter starts, target the checkpoint where it ends: given files
    and what commands generate come from it. Raises TextError where a block can't be
    applied. With tries, a diff that is undone later is applied, too.
    """
    tree = dict(before)
    undo: dict[str, File] = {}
    for block in (block for part in parts for block in part.blocks):
        if tries and block.kind == "try" and block.target in tree:
            undo.setdefault(block.target, tree[block.target])
            type_block(block, tree, target)
        _follow(block, tree, target)
        if block.kind in CONSOLES:
            tree |= undo
            undo.clear()
    return tree


def points(before: Tree, target: Tree, parts: Iterable[Part]) -> list[Point]:
    """Return the end of each step, that of what stands before step 1 first.

    What follows under headings of its own, up to the next step, may be done or not
    when a reader compares: the tests of a part, the files that the next part fetches.
    """
    parts = list(parts)
    titles = {0: ""} | {one.number: one.title for part in parts for one in part.steps}
    texts = {one.number: part.path for part in parts for one in part.steps}
    blocks = [block for part in parts for block in part.blocks]
    tree, tries, found = dict(before), list[Block](), list[Point]()
    for step, title in titles.items():
        own = [one for one in blocks if one.step == step and not one.beyond]
        rest = [one for one in blocks if one.step == step and one.beyond]
        earlier = list(_trees(own, tree, target))
        end = dict(tree)
        here = [one for one in rest if one.path == texts.get(step)]
        others = list(_trees(here, tree, target))
        removed = frozenset(end.keys() - tree.keys())
        others += _trees(rest[len(here) :], tree, target)
        if step == 0:
            others += [before, *earlier]
        tries += [one for one in [*own, *rest] if one.kind == "try"]
        found.append(
            Point(step, title, end, tuple(others), tuple(tries), bool(earlier), removed)
        )
    return found


def joint_problems(before: Tree, target: Tree, parts: Iterable[Part]) -> list[Problem]:
    """List the blocks above which the checkpoint has other blank lines than usual.

    A block that can't be applied is passed over: the checker tells of it.
    """
    tree = dict(before)
    found: list[Problem] = []
    for block in (block for part in parts for block in part.blocks):
        with suppress(TextError):
            if block.kind == "continued":
                found += _joint_problem(block, tree.get(block.target), target)
            _follow(block, tree, target)
    return found


def _joint_problem(block: Block, file: File | None, target: Tree) -> Iterator[Problem]:
    usual = usual_blank_lines(block)
    if file is None or not file.data:
        return
    count = blank_lines(block, lines_of(file, block), target.get(block.target))
    if count != usual:
        message = (
            f"a reader leaves {usual} blank lines above this, the checkpoint has "
            f"{count}: change it there, or type it as a diff"
        )
        yield Problem(block.path, block.line, message)


def _trees(
    blocks: Iterable[Block], tree: dict[str, File], target: Tree
) -> Iterator[Tree]:
    """Follow blocks, changing tree; yield a copy of it after each that changes it."""
    for block in blocks:
        if _follow(block, tree, target):
            yield dict(tree)


def _follow(block: Block, tree: dict[str, File], target: Tree) -> bool:
    """Do in tree what a block says, but for what is undone; say if it changes any."""
    if block.kind in CONSOLES:
        earlier = dict(tree)
        simulate_commands(block, tree, target)
        return tree != earlier
    if not block.target or block.kind == "try":
        return False
    type_block(block, tree, target)
    return block.kind != "once"
