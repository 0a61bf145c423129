"""How the app's lines that a chapter adds reach the reader: typed, shown, or given."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from course.text.diffs import Line
from course.text.listing import lines_of, once_more, simulate_commands, type_lines
from course.text.parser import CONSOLES, Block, TextError
from course.tree import File, Tree

# The app itself: no tests, no migrations, no styles, scripts or lists of words.
APP = re.compile(r"(apps/.+|config|run|wsgi)\.py|apps/templates/.+")


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the app's lines that a chapter adds: how many are typed, and how many seen.

    Blank lines do not count. Seen is typed, or shown `once more`.
    """

    added: int
    typed: int
    seen: int

    @property
    def typed_share(self) -> float:
        """What a reader types, as a share; all of it where nothing is added."""
        return self.typed / self.added if self.added else 1.0

    @property
    def seen_share(self) -> float:
        """What a reader types or is shown, as a share."""
        return self.seen / self.added if self.added else 1.0


def shares(before: Tree, target: Tree, blocks: Iterable[Block]) -> Shares:
    """Count how the app's lines that target adds to before reach the reader.

    A block that can't be applied is passed over: the checker tells of it.
    """
    text = _Followed(dict(before), target)
    for block in blocks:
        with suppress(TextError):
            text.do(block)
    added = typed = seen = 0
    for path, file in target.items():
        if not APP.fullmatch(path) or file == before.get(path):
            continue
        by_typing, by_showing = text.reached(path)
        for number in _added(before.get(path), file):
            added += 1
            typed += number in by_typing
            seen += number in by_typing or number in by_showing
    return Shares(added, typed, seen)


@dataclass
class _Followed:
    """The files of a text while it is followed, each line as the object it came as."""

    tree: dict[str, File]
    target: Tree
    lines: dict[str, list[Line]] = field(default_factory=dict)
    shown: dict[int, Line] = field(default_factory=dict)  # by identity

    def do(self, block: Block) -> None:
        """Follow one block of the text."""
        if block.kind in CONSOLES:
            earlier = dict(self.tree)
            simulate_commands(block, self.tree, self.target)
            for path in self.lines:
                if self.tree.get(path) is not earlier.get(path):
                    self._fetched(path)
        elif block.target and block.kind != "try":
            self._type(block)

    def _type(self, block: Block) -> None:
        path = block.target
        lines = [] if block.kind == "new" else self.lines.get(path)
        if lines is None:
            lines = lines_of(self.tree.get(path), block)
        if block.kind == "once":
            for part in once_more(block, [line.text for line in lines]):
                self.shown |= {id(line): line for line in lines[part]}
        else:
            lines = type_lines(block, lines, self.target.get(path))
            text = "".join(f"{line.text}\n" for line in lines)
            self.tree[path] = File(text.encode())
        self.lines[path] = lines

    def _fetched(self, path: str) -> None:
        """Put a fetched file in the place of its lines: what is equal stays typed."""
        texts = _texts(self.tree.get(path))
        lines = [Line(text) for text in texts]
        for mine, its in _pairs([line.text for line in self.lines[path]], texts):
            lines[its] = self.lines[path][mine]
        self.lines[path] = lines

    def reached(self, path: str) -> tuple[set[int], set[int]]:
        """Return which lines of a file in target are typed, and which are shown."""
        lines = self.lines.get(path, [])
        pairs = _pairs([line.text for line in lines], _texts(self.target[path]))
        typed = {its for mine, its in pairs if lines[mine].block}
        return typed, {its for mine, its in pairs if id(lines[mine]) in self.shown}


def _added(old: File | None, new: File) -> list[int]:
    """Return the numbers (from 0) of the lines that a file gains, but blank ones."""
    texts = _texts(new)
    there = {its for _, its in _pairs(_texts(old), texts)}
    return [i for i, text in enumerate(texts) if text.strip() and i not in there]


def _texts(file: File | None) -> list[str]:
    return file.data.decode("utf-8", "replace").splitlines() if file else []


def _pairs(one: list[str], other: list[str]) -> list[tuple[int, int]]:
    """Return the indexes of lines that two files share, in order."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return [
        (block.a + step, block.b + step)
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    ]
