"""The diffs that a reader types: hunks that are found by their context."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from course.text.parser import Block


class Line(NamedTuple):
    """A line of a file while it is typed, and the block and row that it came from."""

    text: str
    block: Block | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class Hunk:
    """Adjacent lines of a diff: sign (space, - or +), text, and row in the block."""

    row: int
    lines: tuple[tuple[str, str, int], ...]

    @property
    def old(self) -> list[str]:
        """The lines that the file has before: context, and lines to remove."""
        return [text for sign, text, _ in self.lines if sign != "+"]


def parse_hunks(block: Block) -> list[Hunk]:
    """Read a block's hunks; raises TextError for a line that no diff has."""
    hunks: list[Hunk] = []
    lines: list[tuple[str, str, int]] = []
    first = 0
    for row, line in enumerate([*block.lines, "@@"]):
        if line.rstrip() == "@@":
            if lines or row != 0:
                hunks.append(_hunk(block, first, lines))
            lines, first = [], row + 1
            continue
        sign, text = (line[0], line[1:]) if line else (" ", "")
        if sign not in " +-":
            message = "a line of a diff begins with a space, - or +; @@ stands alone"
            raise block.error(row, message, f"-{line}\n")
        if sign == "-" and lines and lines[-1][0] == "+":
            raise block.error(row, "put removed lines (-) before added lines (+)")
        lines.append((sign, text, row))
    return hunks


def _hunk(block: Block, first: int, lines: list[tuple[str, str, int]]) -> Hunk:
    hunk = Hunk(first, tuple(lines))
    if not any(text.strip() for text in hunk.old):
        raise block.error(first, "a hunk needs a line of the file, to be found by")
    if not any(sign in "+-" for sign, _, _ in lines):
        raise block.error(first, "a hunk that changes nothing")
    return hunk


def positions(lines: Sequence[str], part: Sequence[str], start: int = 0) -> list[int]:
    """Return each index at which part stands in lines, contiguous, from start on."""
    size = len(part)
    last = len(lines) - size
    return [
        i for i in range(start, last + 1) if list(lines[i : i + size]) == list(part)
    ]


def change(block: Block, lines: Sequence[Line]) -> list[Line]:
    """Apply a block's hunks, one after another; each is found exactly once."""
    now = list(lines)
    for hunk in parse_hunks(block):
        texts = [line.text for line in now]
        found = positions(texts, hunk.old)
        if len(found) != 1:
            raise _not_found(block, hunk, texts, len(found))
        now = _splice(block, hunk, now, found[0])
    return now


def _splice(block: Block, hunk: Hunk, lines: list[Line], index: int) -> list[Line]:
    new = lines[:index]
    for sign, text, row in hunk.lines:
        if sign == "+":
            new.append(Line(text, block, row))
            continue
        if sign == " ":
            new.append(lines[index])
        index += 1
    return new + lines[index:]


def _not_found(block: Block, hunk: Hunk, lines: list[str], count: int) -> Exception:
    if count:
        message = f"the lines of this hunk stand {count} times in `{block.target}`"
        return block.error(hunk.row, f"{message}: show more of what is around them")
    message = f"`{block.target}` has no such lines at this point of the text"
    start, end = nearest(lines, hunk.old) or (0, len(lines))
    return block.error(
        hunk.row, message, unified(hunk.old, lines[start:end], "text", block.target)
    )


def nearest(lines: Sequence[str], part: Sequence[str]) -> tuple[int, int] | None:
    """Return the range of lines that is most like part; None where nothing is alike."""
    best: tuple[float, int, int] | None = None
    wanted = "\n".join(part)
    matcher = difflib.SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(wanted)
    for size in range(max(1, len(part) - 2), len(part) + 3):
        for start in range(len(lines) - size + 1):
            matcher.set_seq1("\n".join(lines[start : start + size]))
            least = best[0] if best else 0.6
            if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
                continue
            if (ratio := matcher.ratio()) > least:
                best = ratio, start, start + size
    return (best[1], best[2]) if best else None


def unified(
    expected: Iterable[str],
    came: Iterable[str],
    old: str = "expected",
    new: str = "came",
) -> str:
    """Return a unified diff of lines without line ends; "" where they are equal."""
    lines = difflib.unified_diff(list(expected), list(came), old, new, lineterm="")
    return "".join(f"{line}\n" for line in lines)
