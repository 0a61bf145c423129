"""Compare what a command printed with what the text shows, where `...` may vary.

doctest's ELLIPSIS lets `...` run over line ends, so that a forgotten line goes unseen;
here it stays in its line, and alone on a line it stands for whole lines, or none.
"""

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import cache
from itertools import pairwise
from typing import NamedTuple

DOTS = "..."
MAX_SHOWN_LINES = 60  # of what was printed
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_MAX_ALIGNED_LINES = 400  # lines; of longer outputs the head and the foot are compared


class Op(Enum):
    """What an alignment says of a line."""

    SAME = "same"
    ANY = "any"  # a `...` line of the text and the lines that it stands for
    CHANGED = "changed"  # another line was printed instead
    REMOVED = "removed"
    ADDED = "added"


class Aligned(NamedTuple):
    """One step of an alignment: the text's line and the lines that were printed."""

    op: Op
    shown: str
    printed: tuple[str, ...] = ()


def printed_lines(output: str) -> list[str]:
    """Return what a terminal without colour would show, as lines."""
    text = _ESCAPE.sub("", output).replace("\r\n", "\n")
    lines = [line.rpartition("\r")[2].rstrip() for line in text.split("\n")]
    return _without_foot(lines)


def shown_lines(lines: Iterable[str]) -> list[str]:
    """Return the lines that the text shows, without what does not count."""
    return _without_foot([line.rstrip() for line in lines])


def _without_foot(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


@cache
def line_pattern(shown: str) -> re.Pattern[str]:
    """Compile a line of the text: `...` is anything in the line."""
    return re.compile(".*".join(re.escape(part) for part in shown.split(DOTS)))


def line_matches(shown: str, printed: str) -> bool:
    """Whether one printed line is what the text shows."""
    return shown == printed or bool(line_pattern(shown).fullmatch(printed))


def is_dots(shown: str) -> bool:
    """Whether a line of the text stands for any lines."""
    return shown.strip() == DOTS


def matches(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether all that was printed is what the text shows."""
    runs: list[list[str]] = [[]]
    for line in shown:
        if is_dots(line):
            runs.append([])
        else:
            runs[-1].append(line)
    if len(runs) == 1:
        return len(printed) == len(shown) and _run_at(runs[0], printed, 0)
    start, end = len(runs[0]), len(printed) - len(runs[-1])
    if (
        start > end
        or not _run_at(runs[0], printed, 0)
        or not _run_at(runs[-1], printed, end)
    ):
        return False
    for run in runs[1:-1]:
        last = end - len(run)
        indexes = (i for i in range(start, last + 1) if _run_at(run, printed, i))
        index = next(indexes, None)
        if index is None:
            return False
        start = index + len(run)
    return True


def _run_at(run: Sequence[str], printed: Sequence[str], index: int) -> bool:
    here = printed[index : index + len(run)]
    return len(here) == len(run) and all(map(line_matches, run, here))


def align(shown: Sequence[str], printed: Sequence[str]) -> list[Aligned]:
    """Align the text's lines with the printed ones, differing as little as can be."""
    if len(printed) > _MAX_ALIGNED_LINES:
        half = _MAX_ALIGNED_LINES // 2
        printed = [*printed[:half], "(lines left out)", *printed[-half:]]
    costs = _costs(shown, printed)
    steps: list[Aligned] = []
    i, j = 0, 0
    while i < len(shown) or j < len(printed):
        op = costs[i][j][1]
        if op is Op.ADDED:
            steps.append(Aligned(op, "", (printed[j],)))
        elif op is Op.REMOVED:
            steps.append(Aligned(op, shown[i]))
        elif op is Op.ANY:
            start = j
            while costs[i][j][1] is Op.ANY and costs[i][j][2]:
                j += 1
            steps.append(Aligned(op, shown[i], tuple(printed[start:j])))
        else:
            steps.append(Aligned(op, shown[i], (printed[j],)))
        i += op is not Op.ADDED
        j += op not in (Op.REMOVED, Op.ANY)
    return steps


def _costs(
    shown: Sequence[str], printed: Sequence[str]
) -> list[list[tuple[int, Op, bool]]]:
    """For each pair of rests: its cost, what begins it, and if a `...` takes a line."""
    width = len(printed)
    rest = [(3 * (width - j), Op.ADDED, False) for j in range(width + 1)]
    costs = [rest]
    for line in reversed(shown):
        below = costs[0]
        if is_dots(line):
            row = [(below[width][0], Op.ANY, False)]
            for j in range(width - 1, -1, -1):
                taken = 1 + row[0][0], Op.ANY, True
                row.insert(0, min((below[j][0], Op.ANY, False), taken, key=_cost))
        else:
            row = [(4 + below[width][0], Op.REMOVED, False)]
            for j in range(width - 1, -1, -1):
                op, price = _pair(line, printed[j])
                row.insert(
                    0,
                    min(
                        (price + below[j + 1][0], op, False),
                        (4 + below[j][0], Op.REMOVED, False),
                        (3 + row[0][0], Op.ADDED, False),
                        key=_cost,
                    ),
                )
        costs.insert(0, row)
    return costs


def _cost(cell: tuple[int, Op, bool]) -> int:
    return cell[0]


def _pair(shown: str, printed: str) -> tuple[Op, int]:
    """Return the cost of one line being printed where another is shown."""
    if line_matches(shown, printed):
        return Op.SAME, 0
    one, other = set(re.findall(r"\w+", shown)), set(re.findall(r"\w+", printed))
    alike = 2 * len(one & other) >= max(len(one), len(other), 1)
    return Op.CHANGED, 2 if alike else 6


def difference(shown: Sequence[str], printed: Sequence[str]) -> str:
    """Return a diff from the text to the output, but for what `...` stands for."""
    lines = ["--- the text", "+++ what was printed"]
    for step in align(shown, printed):
        if step.op in (Op.REMOVED, Op.CHANGED):
            lines.append(f"-{step.shown}")
        if step.op in (Op.ADDED, Op.CHANGED):
            lines.append(f"+{step.printed[0]}")
        if step.op in (Op.SAME, Op.ANY):
            lines.append(f" {step.shown}")
    return "".join(f"{line}\n" for line in lines)


def last_lines(printed: Sequence[str]) -> str:
    """Return the end of what was printed: in a difference, `...` would hide it."""
    return "\n".join(["It printed:", *printed[-MAX_SHOWN_LINES:]])


def merge(shown: Sequence[str], printed: Sequence[str]) -> list[str]:
    """Return the output to show from now on: what still matches stays as written.

    A line that is new keeps the `...` of the line which it replaces; times, addresses
    and the like are not frozen.
    """
    merged: list[str] = []
    for step in align(shown, printed):
        if step.op in (Op.SAME, Op.ANY):
            merged.append(step.shown)
        elif step.op is Op.ADDED:
            merged.append(volatile(step.printed[0]))
        elif step.op is Op.CHANGED:
            keep = DOTS in step.shown
            new = step.printed[0]
            merged.append(_keep_dots(step.shown, new) if keep else volatile(new))
    return merged


_VOLATILE = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([.,]\d+)?(Z|[+-]\d\d:?\d\d)?"  # a time
    r"|\b\d\d:\d\d:\d\d([.,]\d+)?\b"
    r"|\b\d+(\.\d+)? ?(ms|s|seconds)\b"  # how long something took
    r"|\b0x[0-9a-f]{6,}\b"
    r"|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}\b"  # a commit, a hash
)


def volatile(line: str) -> str:
    """Put `...` for what differs at each run: times, durations, addresses, hashes."""
    return _VOLATILE.sub(DOTS, line)


def _keep_dots(shown: str, printed: str) -> str:
    """Put the `...` of a line of the text into the line that replaces it."""
    from difflib import SequenceMatcher

    old = re.findall(r"\.\.\.|\w+|\s+|.", shown)
    new = re.findall(r"\w+|\s+|.", printed)
    pieces: list[str] = []
    for op, i, i2, j, j2 in SequenceMatcher(None, old, new, False).get_opcodes():
        fresh = new[j:j2]
        if op == "replace" and DOTS in old[i:i2]:
            same = i2 - i == j2 - j
            pairs = zip(old[i:i2], fresh, strict=True) if same else []
            fresh = [DOTS if a == DOTS else b for a, b in pairs] or [DOTS]
        elif op == "delete" and DOTS in old[i:i2]:
            fresh = [DOTS]
        pieces += fresh
    pairs = pairwise(["", *pieces])
    return "".join(new for last, new in pairs if not last == new == DOTS)
