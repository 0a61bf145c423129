"""Update listings that drifted: a changed line goes into the block that has it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from course.errors import Problem
from course.text.diffs import Line, nearest, parse_hunks, positions
from course.text.listing import (
    lines_of,
    once_more,
    parts_of,
    simulate_commands,
    type_lines,
)
from course.text.parser import CONSOLES, DIFFS, Block, TextError
from course.tree import File, Tree

MAX_PASSES = 12  # a changed listing can make later diffs drift, which come next


@dataclass
class SyncedBlocks:
    """The blocks of a chapter as they should be, and what fits into no block."""

    blocks: list[Block]
    problems: list[Problem]


def sync_listings(before: Tree, target: Tree, blocks: Sequence[Block]) -> SyncedBlocks:
    """Rewrite listings, diffs and what is shown once more so that the end is target.

    before is where the chapter starts. A difference goes into a block only where just
    one has the line; else it is a problem for the author. Console blocks are not run.
    """
    now = list(blocks)
    problems: list[Problem] = []
    for _ in range(MAX_PASSES):
        typing = _Typing(dict(before), target, now)
        typing.run()
        edits = _Edits()
        for path, lines in typing.lines.items():
            _assign_differences(path, lines, target.get(path), edits)
        problems = [*typing.problems, *edits.problems]
        after = [edits.apply(block) for block in typing.blocks]
        if after == now:
            break
        now = after
    return SyncedBlocks(now, problems)


@dataclass
class _Typing:
    """One pass over a chapter's blocks; those that don't fit are rewritten."""

    tree: dict[str, File]
    target: Tree
    blocks: list[Block]
    lines: dict[str, list[Line]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def run(self) -> None:
        done = []
        for block in self.blocks:
            try:
                done.append(self._do(block))
            except TextError as error:
                self.problems.append(Problem(error.path, error.line, error.message))
                done.append(block)
        self.blocks = done

    def _do(self, block: Block) -> Block:
        if block.kind in CONSOLES:
            earlier = dict(self.tree)
            simulate_commands(block, self.tree, self.target)
            for path in [
                p for p in self.lines if self.tree.get(p) is not earlier.get(p)
            ]:
                del self.lines[path]
            return block
        if not block.target:
            return block
        before = self._before(block)
        texts = [line.text for line in before]
        if block.kind == "once":
            return _fitting_shown(block, texts)
        if block.kind in DIFFS:
            block = _fitting_diff(block, texts)
        after = type_lines(block, before, self.target.get(block.target))
        if block.kind != "try":
            self.lines[block.target] = after
            text = "".join(f"{line.text}\n" for line in after)
            self.tree[block.target] = File(text.encode())
        return block

    def _before(self, block: Block) -> list[Line]:
        if block.kind == "new":
            if block.target in self.tree:
                raise block.error(-1, f"`{block.target}` exists already")
            return []
        if block.target in self.lines:
            return self.lines[block.target]
        return lines_of(self.tree.get(block.target), block)


def _fitting_shown(block: Block, texts: list[str]) -> Block:
    """Return a block with all its parts as the file has them now."""
    try:
        once_more(block, texts)
    except TextError as error:
        own = block.lines
        start = 0
        shift = 0
        for row, part in parts_of(block):
            found = positions(texts, part, start)
            if found:
                start = found[0] + len(part)
                continue
            near = nearest(texts[start:], part)
            if near is None:
                raise error
            lines = texts[start + near[0] : start + near[1]]
            own[row + shift : row + shift + len(part)] = lines
            shift += len(lines) - len(part)
            start += near[1]
        return _with_lines(block, own)
    return block


def _fitting_diff(block: Block, texts: list[str]) -> Block:
    """Return a block whose hunks all fit the file as it is now."""
    now = list(texts)
    body: list[str] = []
    for number, hunk in enumerate(parse_hunks(block)):
        lines = [(sign, text) for sign, text, _ in hunk.lines]
        found = positions(now, hunk.old)
        if len(found) != 1:
            near = nearest(now, hunk.old)
            if near is None:
                message = f"cannot place this hunk in `{block.target}` as it is now"
                raise block.error(hunk.row, message)
            lines = _rewritten(block, lines, now[slice(*near)])
            found = positions(now, [text for sign, text in lines if sign != "+"])
            if len(found) != 1:
                message = f"this hunk would fit `{block.target}` at several places"
                raise block.error(hunk.row, message)
        old = sum(sign != "+" for sign, _ in lines)
        now[found[0] : found[0] + old] = [text for sign, text in lines if sign != "-"]
        body += ["@@"] if number else []
        body += [
            f"{sign}{text}".rstrip() if sign == " " else f"{sign}{text}"
            for sign, text in lines
        ]
    return (
        block
        if body
        == [line.rstrip() if line.startswith(" ") else line for line in block.lines]
        else _with_lines(block, body)
    )


def _rewritten(
    block: Block, lines: list[tuple[str, str]], window: list[str]
) -> list[tuple[str, str]]:
    """Replace the lines that a hunk expects by those that the file has."""
    old = [
        (index, sign, text) for index, (sign, text) in enumerate(lines) if sign != "+"
    ]
    new: dict[int, list[tuple[str, str]]] = {index: [] for index, _, _ in old}
    matcher = SequenceMatcher(None, [text for _, _, text in old], window, False)
    last = old[0][0]
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        come = window[j1:j2]
        signs = {sign for _, sign, _ in old[i1:i2]}
        if op == "equal" or i2 - i1 == j2 - j1:
            for (index, sign, _), text in zip(old[i1:i2], come, strict=True):
                new[index].append((sign, text))
        elif op == "insert":
            new[last] += [(" ", text) for text in come]
        elif len(signs) == 1:
            new[old[i1][0]] += [(sign, text) for sign in signs for text in come]
        else:
            raise block.error(-1, f"cannot place what `{block.target}` now has here")
        last = old[i2 - 1][0] if i2 else last
    result: list[tuple[str, str]] = []
    for index, line in enumerate(lines):
        result += [line] if line[0] == "+" else new[index]
    return result


@dataclass
class _Edits:
    """Rows of blocks to replace; several in one block are applied from its end."""

    rows: dict[tuple[str, int], list[tuple[int, int, list[str]]]] = field(
        default_factory=dict
    )
    problems: list[Problem] = field(default_factory=list)

    def replace(self, block: Block, first: int, end: int, lines: Sequence[str]) -> None:
        """Replace the rows from first to end (exclusive) by lines."""
        marked = [f"+{line}" if block.kind in DIFFS else line for line in lines]
        if not marked and end - first >= len(block.lines):
            message = f"nothing is left of this block of `{block.target}`"
            self.problems.append(Problem(block.path, block.line, message))
            return
        key = block.path, block.line
        self.rows.setdefault(key, []).append((first, end, marked))

    def apply(self, block: Block) -> Block:
        """Return a block with its edits made."""
        lines = block.lines
        for first, end, new in sorted(
            self.rows.get((block.path, block.line), []), reverse=True
        ):
            lines[first:end] = new
        return block if lines == block.lines else _with_lines(block, lines)


def _assign_differences(
    path: str, lines: list[Line], goal: File | None, edits: _Edits
) -> None:
    """Find the block for each difference of a typed file from the checkpoint's."""
    blocks = [line.block for line in lines if line.block]
    if goal is None:
        if blocks:
            message = f"the checkpoint has no `{path}`"
            edits.problems.append(Problem(blocks[0].path, blocks[0].line, message))
        return
    wanted = goal.data.decode("utf-8", "replace").split("\n")[:-1]
    typed = [line.text for line in lines]
    for op, i1, i2, j1, j2 in SequenceMatcher(None, typed, wanted, False).get_opcodes():
        if op == "equal" or _replaced_in_block(lines, i1, i2, wanted[j1:j2], edits):
            continue
        near = next(_blocks_near(lines, i1), None) or (blocks[-1] if blocks else None)
        if near is not None:
            what = "; ".join(wanted[j1:j2]) or f"without {'; '.join(typed[i1:i2])}"
            message = f"cannot place in a block of `{path}`: {what}"
            edits.problems.append(Problem(near.path, near.line, message))


def _blocks_near(lines: list[Line], index: int) -> Iterator[Block]:
    for line in [*lines[index:], *reversed(lines[:index])]:
        if line.block:
            yield line.block


def _replaced_in_block(
    lines: list[Line], first: int, end: int, new: list[str], edits: _Edits
) -> bool:
    """Give a difference to the one block that has the lines; False if none has."""
    here = lines[first:end]
    if not here:
        return _inserted(lines, first, new, edits)
    block = here[0].block
    rows = [line.row for line in here]
    together = rows == list(range(rows[0], rows[0] + len(rows)))
    if block and together and all(line.block is block for line in here):
        edits.replace(block, rows[0], rows[-1] + 1, new)
        return True
    if len(here) != len(new) or not all(line.block for line in here):
        return False
    for line, text in zip(here, new, strict=True):
        if line.block:
            edits.replace(line.block, line.row, line.row + 1, [text])
    return True


def _inserted(lines: list[Line], index: int, new: list[str], edits: _Edits) -> bool:
    left = lines[index - 1] if index else None
    right = lines[index] if index < len(lines) else None
    above, below = left.block if left else None, right.block if right else None
    if left and above and (above is below or (below is None and not _joint(right))):
        edits.replace(above, left.row + 1, left.row + 1, new)
        return True
    if right and below and above is None and not _joint(left):
        edits.replace(below, right.row, right.row, new)
        return True
    return False


def _joint(line: Line | None) -> bool:
    """Whether a line joins two blocks: a blank one that nobody typed."""
    return line is not None and line.block is None and not line.text


def _with_lines(block: Block, lines: Sequence[str]) -> Block:
    return replace(block, body="".join(f"{line}\n" for line in lines))
