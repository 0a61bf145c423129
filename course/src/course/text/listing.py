"""What typing a block does to a tree of files, for each kind of caption."""

import re
import shlex
from collections.abc import Iterable, Sequence

from course.text.diffs import Line, change, nearest, positions, unified
from course.text.parser import Block
from course.tree import File, Tree

GIVEN = re.compile(r"git checkout (\S+) -- (.+)")
REMOVED = re.compile(r"(?:git rm|rm)(?: -q| -r| -f| -rf)* (.+)")


def lines_of(file: File | None, block: Block) -> list[Line]:
    """Return a file's lines; raises TextError where the block can't use it."""
    if file is None:
        message = f"`{block.target}` does not exist at this point of the text"
        raise block.error(-1, message)
    try:
        text = file.data.decode("utf-8")
    except UnicodeDecodeError:
        raise block.error(-1, f"`{block.target}` is not text") from None
    if text and not text.endswith("\n"):
        raise block.error(-1, f"`{block.target}` has no line end at its end")
    return [Line(line) for line in text.split("\n")[:-1]]


def type_block(block: Block, tree: dict[str, File], target: Tree) -> None:
    """Do in tree what a block with a caption says.

    target says how many blank lines stand where two blocks meet. tree is changed in
    place. Raises TextError where it can't be done.
    """
    if block.kind == "new" and block.target in tree:
        raise block.error(-1, f"`{block.target}` exists already: it is no new file")
    before = [] if block.kind == "new" else lines_of(tree.get(block.target), block)
    if block.kind == "once":
        once_more(block, [line.text for line in before])
        return
    after = type_lines(block, before, target.get(block.target))
    mode = tree[block.target].mode if block.target in tree else None
    if mode is None:
        mode = target.get(block.target, File(b"")).mode
    text = "".join(f"{line.text}\n" for line in after)
    tree[block.target] = File(text.encode(), mode)


def type_lines(block: Block, before: Sequence[Line], target: File | None) -> list[Line]:
    """Return a file's lines after a block; each knows the block that it came from."""
    if block.kind in ("changed", "try"):
        return change(block, before)
    own = [Line(text, block, row) for row, text in enumerate(block.lines)]
    if block.kind == "new" or not before:
        return own
    blank = [Line("")] * blank_lines(block, before, target)
    return [*before, *blank, *own]


def blank_lines(block: Block, before: Sequence[Line], target: File | None) -> int:
    """How many blank lines (0 to 2) join a block: as many as the checkpoint has."""
    own = [Line(text) for text in block.lines]
    goal = target.data.decode("utf-8", "replace").split("\n") if target else []
    best = (0, usual_blank_lines(block))
    for count in range(3):
        joint = [before[-1].text, *[""] * count, own[0].text]
        for index in positions(goal, joint):
            above = _common_prefix_length(
                reversed(goal[:index]), (x.text for x in reversed(before[:-1]))
            )
            below = _common_prefix_length(
                goal[index + len(joint) :], (x.text for x in own[1:])
            )
            best = max(best, (1 + above + below, count))
    return best[1]


def _common_prefix_length(one: Iterable[str], other: Iterable[str]) -> int:
    """Count the equal lines at the head of two runs."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def usual_blank_lines(block: Block) -> int:
    """How many blank lines a reader leaves above a block that continues a file."""
    if not block.target.endswith(".py"):
        return 0 if block.target.endswith(".txt") else 1
    first = block.lines[0]
    begins = first.lstrip().startswith(("def ", "class ", "@", "async def "))
    if first.startswith(" "):
        return 1 if begins else 0
    return 2 if begins else 1


def once_more(block: Block, lines: list[str]) -> list[slice]:
    """Return which lines of the file a block shows: contiguous, `...` between parts.

    Raises TextError where the file has no such lines.
    """
    shown: list[slice] = []
    start = 0
    for row, part in parts_of(block):
        found = positions(lines, part, start)
        if not found:
            near = nearest(lines[start:], part)
            came = lines[start:][slice(*near)] if near else lines[start:]
            diff = unified(part, came, "text", block.target)
            message = f"`{block.target}` has no such lines at this point of the text"
            raise block.error(row, message, diff)
        start = found[0] + len(part)
        shown.append(slice(found[0], start))
    return shown


def parts_of(block: Block) -> list[tuple[int, list[str]]]:
    """Split a block at its `...` lines: row and lines of each part."""
    parts: list[tuple[int, list[str]]] = []
    part: list[str] = []
    for row, line in enumerate([*block.lines, "..."]):
        if line.strip() != "...":
            part.append(line)
            continue
        lines = part
        while lines and not lines[0].strip():
            lines = lines[1:]
        while lines and not lines[-1].strip():
            lines = lines[:-1]
        if lines:
            parts.append((row - len(part) + part.index(lines[0]), lines))
        part = []
    return parts


def commands(block: Block) -> list[tuple[int, str, list[str]]]:
    """Split a console block: row and text of each command, and the output shown."""
    found: list[tuple[int, str, list[str]]] = []
    continued = False
    for row, line in enumerate(block.lines):
        if line.startswith("$ "):
            found.append((row, line[2:], []))
            continued = True
        elif continued and (line.startswith("> ") or line == ">"):
            first, command, shown = found[-1]
            found[-1] = first, f"{command}\n{line[2:]}", shown
        elif not found:
            raise block.error(row, "a console block begins with a command: $ ...")
        else:
            continued = False
            found[-1][2].append(line)
    return found


def given_paths(block: Block) -> list[str]:
    """Return the paths that a block fetches with `git checkout chapter-N -- ...`."""
    paths: list[str] = []
    for row, command, _ in commands(block):
        match = GIVEN.fullmatch(command.replace("\\\n", " ").strip())
        if match and match[1].startswith("chapter-"):
            paths += _words(block, row, match[2])
    return paths


def _words(block: Block, row: int, command: str) -> list[str]:
    """Split a command as the shell does; raises TextError where it can't be."""
    try:
        return shlex.split(command)
    except ValueError:
        message = "the command does not end here: a quote or a backslash is open"
        raise block.error(row, message) from None


def simulate_commands(block: Block, tree: dict[str, File], target: Tree) -> None:
    """Do to tree what a console block's commands are known to do, running none."""
    for path in [*given_paths(block), *block.makes]:
        inside = f"{path.rstrip('/')}/"
        taken = {
            name: file
            for name, file in target.items()
            if name == path or name.startswith(inside) or path == "."
        }
        if not taken:
            raise block.error(-1, f"the checkpoint has no `{path}`")
        tree.update(taken)
    for row, command, _ in commands(block):
        if match := REMOVED.fullmatch(command):
            for path in _words(block, row, match[1]):
                for name in [n for n in tree if f"{n}/".startswith(f"{path}/")]:
                    del tree[name]
