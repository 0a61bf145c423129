"""The typist: does what a chapter's text says, in its order, and compares the end."""

from collections.abc import Iterable

from course.errors import UsageError
from course.listing import run_nothing, type_block
from course.text import CONSOLES, Part
from course.tree import File, Tree


def tree_after(
    before: Tree, target: Tree, parts: Iterable[Part], step: int | None = None
) -> dict[str, File]:
    """Return the reader's tree after a step of the text (all of it, if None).

    before is where the chapter starts, target the checkpoint where it ends. Nothing is
    run: given files and what commands generate come from target. Raises TextError
    where a block can't be applied, UsageError for a step that the text does not have.
    """
    parts = list(parts)
    last = max((s.number for part in parts for s in part.steps), default=0)
    if step is not None and not 0 <= step <= last:
        raise UsageError(f"there is no step {step}: this chapter has 1 to {last}")
    tree = dict(before)
    for block in (block for part in parts for block in part.blocks):
        if step is not None and block.step > step:
            break
        if block.kind in CONSOLES:
            run_nothing(block, tree, target)
        elif block.kind in ("new", "continued", "changed", "once"):
            type_block(block, tree, target)
    return tree
