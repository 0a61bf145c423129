"""The *text* step's second half: what the prose names is there."""

import hashlib
import re

from course.errors import Problem
from course.verify.checkpoints import Checkpoints
from course.verify.results import Verdict

_WORD = re.compile(rb"[a-z][a-z0-9_-]*")


def key(checkpoints: Checkpoints, number: int) -> list[object]:
    """Return what the result depends on: this checkpoint, all texts and names."""
    from course.text.prose import command_names

    tree = checkpoints.source.tree
    texts = {p: tree[p] for p in tree if p.endswith(".md") or p == "Makefile"}
    paths = "\n".join(sorted(tree)).encode("utf-8", "surrogateescape")
    names = hashlib.sha256(paths).hexdigest()
    words = {word for file in texts.values() for word in _WORD.findall(file.data)}
    commands = sorted(name for name in command_names(tree) if name.encode() in words)
    return [
        *(
            checkpoints.digests.of(checkpoints.tree(number)),
            checkpoints.digests.of(texts),
        ),
        *(names, commands),
    ]


def check(checkpoints: Checkpoints, number: int) -> Verdict:
    """Check a chapter's links, pictures, file names and commands."""
    from course.text.prose import problems

    found = problems(checkpoints.source, number, checkpoints.commands)
    return _verdict(found, "the prose holds")


def own_key(checkpoints: Checkpoints) -> list[object]:
    """Return what the result depends on: the whole source."""
    return [checkpoints.digests.of(checkpoints.source.tree)]


def own_check(checkpoints: Checkpoints) -> Verdict:
    """Check the texts of the project itself, which no chapter has."""
    from course.text.prose import main_problems

    found = main_problems(checkpoints.source, checkpoints.commands)
    return _verdict(found, "the project's own texts hold")


def _verdict(faults: list[Problem], words: str) -> Verdict:
    if not faults:
        return Verdict(True, words)
    detail = "\n".join(str(fault) for fault in faults)
    return Verdict(False, f"{len(faults)} faults", detail)
