"""Fetches that would overwrite what the reader typed."""

from collections.abc import Iterable

from course.errors import Problem
from course.text.listing import REMOVED, commands, given_paths
from course.text.parser import CONSOLES, TYPED, Part
from course.tree import Tree


def typed_files(parts: Iterable[Part]) -> set[str]:
    """Return the files into which a text has its reader type."""
    blocks = (block for part in parts for block in part.blocks)
    return {block.target for block in blocks if block.kind in TYPED}


def fetch_problems(
    parts: Iterable[Part], before: Iterable[str], target: Tree
) -> list[Problem]:
    """List the fetches of files that the reader has typed into.

    before are those of earlier chapters, target is the checkpoint that is fetched from.
    """
    typed = set(before)
    found = []
    for block in (block for part in parts for block in part.blocks):
        if block.kind in TYPED:
            typed.add(block.target)
        if block.kind not in CONSOLES:
            continue
        for _, command, _ in commands(block):
            if match := REMOVED.fullmatch(command):  # what is gone can't be overwritten
                typed -= set(match[1].split())
        for path in given_paths(block):
            inside = f"{path.rstrip('/')}/"
            given = {p for p in target if p == path or p.startswith(inside)}
            if over := sorted(given & typed):
                message = (
                    f"this fetch overwrites what the reader typed: {', '.join(over)}; "
                    "fetch it before, or show what changes as a diff"
                )
                found.append(Problem(block.path, block.line, message))
    return found
