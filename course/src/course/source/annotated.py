"""An annotated file: its lines and regions, and the text that each chapter gets."""

from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_LINE_CHARACTERS = 88  # of the course's formatter
NO_END = 1_000_000  # the end of what no later chapter replaces


@dataclass(frozen=True, slots=True)
class Line:
    """One line as a checkpoint gets it; chapter is its trailing marker's, else None."""

    number: int  # in the source, from 1
    text: str
    chapter: int | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """The lines between two markers, for the chapters first <= N < end."""

    name: str
    first: int
    end: int
    opens: int  # the line of its first marker
    commented: bool = False  # its lines stand behind `# | `, to be replaced later
    children: list["Line | Region"] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)  # one number, once it is known

    @property
    def last(self) -> int:
        """The line of its closing marker."""
        return self.closes[0] if self.closes else self.opens


@dataclass(frozen=True, slots=True)
class Annotated:
    """A parsed file. Its chapters are those at which its woven text changes."""

    nodes: list[Line | Region]
    chapters: frozenset[int]
    markers: int  # lines that are or end in a marker
    replaced: int  # lines that a later chapter replaces
    python: bool = False

    def weave(self, number: int, without: tuple[int, int] | None = None) -> bytes:
        """Return the text as chapter `number` has it, but for the lines `without`."""
        woven = _Woven(number, without or (0, 0), self.python)
        woven.add(self.nodes)
        return woven.finish().encode("utf-8", "surrogateescape")

    def walk(self) -> Iterator[tuple[list[Line | Region], Region | None]]:
        """Give the nodes of the file and of each of its regions, outer ones first."""
        waiting: list[tuple[list[Line | Region], Region | None]] = [(self.nodes, None)]
        while waiting:
            nodes, region = waiting.pop(0)
            yield nodes, region
            waiting += [(n.children, n) for n in nodes if isinstance(n, Region)]


class _Woven:
    """The woven text so far, and the blank lines held back until the next line.

    Of the blank runs around and just inside what goes, the longest stays; none does at
    the head or the foot of the file, or of a block or bracket in Python, as a formatter
    has it, which also closes an emptied bracket on its line; an import whose names all
    go goes too. Blank lines where nothing goes are not touched.
    """

    def __init__(self, number: int, without: tuple[int, int], python: bool) -> None:
        self.python = python
        self.number, (self.skip, self.skip_end) = number, without
        self.out: list[str] = []
        self.run: list[str] = []
        self.runs: list[list[str]] = []

    def add(self, nodes: list[Line | Region]) -> None:
        for node in nodes:
            if isinstance(node, Line):
                self.add_line(node)
                continue
            self.cut()
            if node.first <= self.number < node.end and not self.skips(node.opens):
                self.add(node.children)
            else:
                self.add_edges(node.children)
            self.cut()

    def skips(self, line: int) -> bool:
        return self.skip <= line <= self.skip_end

    def add_line(self, line: Line) -> None:
        if (line.chapter or 0) > self.number or self.skips(line.number):
            self.cut()
        elif not line.text.strip():
            self.run.append(line.text)
        elif (
            self.python
            and self.runs
            and self.out
            and _is_empty(self.out[-1], line.text)
        ):
            self.close(line.text)
        else:
            self.flush(line.text)
            self.out.append(line.text)

    def close(self, closing: str) -> None:
        """Put an emptied bracket on one line; drop an import that imports nothing."""
        opening = self.out.pop()
        self.runs, self.run = [], []
        if opening.lstrip().startswith(("from ", "import ")):
            while self.out and not self.out[-1].strip():
                self.run.insert(0, self.out.pop())
            self.cut()
        else:
            self.out.append(opening.rstrip() + closing.lstrip())

    def add_edges(self, nodes: list[Line | Region]) -> None:
        """Count the blank lines just inside a region that is left out."""
        for inwards in (nodes, nodes[::-1]):
            for node in inwards:
                if not isinstance(node, Line) or node.text.strip():
                    break
                self.run.append(node.text)
            self.cut()

    def cut(self) -> None:
        self.runs.append(self.run)
        self.run = []

    def flush(self, after: str) -> None:
        if not self.runs:
            self.out += self.run
        elif self.out and not (self.python and _is_edge(self.out[-1], after)):
            runs = [*self.runs, self.run]
            longest: list[str] = max(runs, key=len)
            self.out += longest
        self.runs, self.run = [], []

    def finish(self) -> str:
        if not self.runs:
            self.out += self.run
        return "".join(self.out)


_BRACKETS = {"(": ")", "[": "]", "{": "}"}


def _is_empty(before: str, after: str) -> bool:
    """Whether a bracket is now empty, so that a formatter puts it on one line."""
    opened, closing = before.rstrip(), after.strip()
    pair = _BRACKETS.get(opened[-1:])
    comment = opened.lstrip().startswith("#")
    fits = len(opened) + len(closing) <= MAX_LINE_CHARACTERS
    return pair is not None and closing.startswith(pair) and fits and not comment


_DEFINES = ("def ", "class ", "async def ", "@")


def _is_edge(before: str, after: str) -> bool:
    """Whether a formatter has no blank line between these two lines of Python.

    That is where a block or bracket begins or a bracket ends; only a definition that
    is first in a block keeps its distance, and not even that in a class.
    """
    first, code = after.lstrip(), before.partition("  #")[0].strip()
    if code.endswith(":") and not code.startswith("#"):
        return code.startswith("class ") or not first.startswith(_DEFINES)
    return code.endswith(("(", "[", "{")) or first.startswith((")", "]", "}"))
