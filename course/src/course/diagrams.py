"""Diagrams: each Mermaid block has its SVG beside the text, made by `course sync`.

Mermaid's own renderer needs a browser, which readers do not need to have: the SVG is
kept, with the hash of what it was made from, so that a stale one is seen without it.
"""

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator

from course.errors import Problem
from course.text import Block, Part
from course.tree import Tree

_MARK = re.compile(rb"<!-- mermaid ([0-9a-f]{16}) -->")


def fingerprint(block: Block) -> str:
    """Return the hash that a diagram's SVG carries."""
    return hashlib.sha256(block.body.encode()).hexdigest()[:16]


def diagrams(parts: Iterable[Part]) -> Iterator[tuple[Block, str]]:
    """Yield each Mermaid block with the path of its SVG: `<part>-<count>.svg`."""
    for part in parts:
        stem = part.number
        found = (block for block in part.blocks if block.kind == "mermaid")
        for count, block in enumerate(found, start=1):
            folder = posixpath.dirname(block.path)
            yield block, f"{folder}/diagram-{stem}-{count}.svg"


def is_current(block: Block, svg: bytes) -> bool:
    """Whether an SVG was made from what the block says now."""
    mark = _MARK.search(svg)
    return mark is not None and mark[1].decode() == fingerprint(block)


def diagram_problems(parts: Iterable[Part], tree: Tree) -> list[Problem]:
    """List the diagrams whose SVG is missing or made from something else."""
    found = []
    for block, path in diagrams(parts):
        name = posixpath.basename(path)
        if path not in tree:
            message = f"the diagram has no {name}: run `course sync`"
        elif not is_current(block, tree[path].data):
            message = f"{name} shows an earlier diagram: run `course sync`"
        else:
            continue
        found.append(Problem(block.path, block.line, message))
    return found
