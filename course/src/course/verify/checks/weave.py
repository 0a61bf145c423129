"""The *weave* step: the checkpoint carries no marker, and all its Python compiles."""

import re
import warnings

from course.tree import SYMLINK
from course.verify.checkpoints import Checkpoints
from course.verify.results import Verdict

_MARKER = re.compile(
    rb"(?:\b(?:end)?region (?:chapter \d|main\b))"
    rb"|(?:(?:#|//|/\*|<!--|\{#) chapter \d+(?: until \d+)?\s*(?:\*/|-->|#\})?$)",
    re.MULTILINE,
)


def key(checkpoints: Checkpoints, number: int) -> list[object]:
    """Return what the result depends on: the whole woven tree."""
    return [checkpoints.digests.of(checkpoints.tree(number))]


def check(checkpoints: Checkpoints, number: int) -> Verdict:
    """Look for markers that survived the weaver, and compile every file."""
    faults = []
    tree = checkpoints.tree(number)
    for path, file in tree.items():
        if file.mode == SYMLINK or b"\0" in file.data:
            continue
        if not path.startswith("chapters/"):
            for found in _MARKER.finditer(file.data):
                line = file.data.count(b"\n", 0, found.start()) + 1
                faults.append(f"{path}:{line}: a marker is left in the woven file")
        if path.endswith(".py"):
            faults += _compile(path, file.data)
    words = f"{len(faults)} faults" if faults else f"{len(tree)} files"
    return Verdict(not faults, words, "\n".join(faults))


def _compile(path: str, data: bytes) -> list[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        return [f"{path}:{line}: the woven file does not compile: {error}"]
    return []
