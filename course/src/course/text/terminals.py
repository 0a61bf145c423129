"""The terminals of a part: which server runs in which, and where the text ends it.

The text says it as it would to a reader: above a `console server`, "in the first
terminal"; where it is to end, "Press Ctrl+C in the first terminal", or "Press Ctrl+C"
where only one runs. What "you press" some day is no instruction.
"""

import re
from dataclasses import dataclass, field

from course.errors import Problem
from course.text.listing import commands
from course.text.parser import CONSOLES, Block, Part
from course.text.servers import nominal_ports

ORDINALS = ("first", "second", "third", "fourth")
AIRPLAY = "5000"  # the port of macOS's AirPlay receiver
_TERMINAL = re.compile(
    rf"\b({'|'.join(ORDINALS)}|this)\s+(?:terminal|one)\b", re.IGNORECASE
)
_EVERY = re.compile(r"\b(both|all|each)\b", re.IGNORECASE)
_PRESS = re.compile(r"(?<!you )(?<!to )\bpress\s+[`*]*Ctrl\+C\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?:])\s+")


@dataclass
class Terminals:
    """The servers of a part, while its text is read.

    running are those that are up, by terminal; ended says for each block which servers
    the text ends right before it (None: after the last block).
    """

    path: str
    running: dict[str, Block] = field(default_factory=dict)
    ended: dict[Block | None, list[Block]] = field(default_factory=dict)
    beside: set[Block] = field(default_factory=set)  # servers with commands beside them
    told: list[str] = field(default_factory=list)  # since the last server began
    problems: list[Problem] = field(default_factory=list)

    def do(self, block: Block, prose: list[str]) -> None:
        """Take a block, and the paragraphs that stand between the last one and it."""
        for paragraph in prose:
            self._end(paragraph, block)
        self.told += prose
        if block.kind == "server":
            self._begin(block, " ".join(prose[-1:]))
        elif block.kind in CONSOLES:
            self._go_on(block, " ".join(self.told))

    def close(self, prose: list[str]) -> None:
        """Take the paragraphs after the last block: no server may be left."""
        for paragraph in prose:
            self._end(paragraph, None)
        for block in self.running.values():
            message = 'the part ends with this server running: say "Press Ctrl+C"'
            self._problem(block, message)

    def _end(self, paragraph: str, before: Block | None) -> None:
        for sentence in _SENTENCE.split(paragraph):
            if not _PRESS.search(sentence) or not self.running:
                continue
            named = [name.lower() for name in _TERMINAL.findall(sentence)]
            if _EVERY.search(sentence) or (not named and len(self.running) == 1):
                named = list(self.running)
            for name in named:
                if block := self.running.pop(name, None):
                    self.ended.setdefault(before, []).append(block)

    def _begin(self, block: Block, paragraph: str) -> None:
        if any(AIRPLAY in command for _, command, _ in commands(block)):
            message = f"macOS may hold port {AIRPLAY}: name another, such as 5001"
            self._problem(block, message)
        self.told.clear()
        named = _TERMINAL.findall(paragraph)
        if not named:
            message = 'say above it where this server runs: "in the first terminal"'
            self._problem(block, message)
        free = (name for name in ORDINALS if name not in self.running)
        terminal = named[-1].lower() if named else "this"
        if terminal == "this":
            terminal = next(free, ORDINALS[-1])
        for name, other in self.running.items():
            if shared := nominal_ports(block.body) & nominal_ports(other.body):
                message = (
                    f"the server of line {other.line} still has port {min(shared)}"
                )
            elif name == terminal:
                message = f"the server of line {other.line} still runs in this terminal"
            else:
                continue
            self._problem(block, message)
        self.running[terminal] = block

    def _go_on(self, block: Block, prose: str) -> None:
        """Check that the first commands beside a server are said to be beside it."""
        fresh = set(self.running.values()) - self.beside
        self.beside |= fresh
        if fresh and not _TERMINAL.search(prose) and "terminal" not in prose.lower():
            message = "a server holds the last terminal: say in which this is typed"
            self._problem(block, message)

    def _problem(self, block: Block, message: str) -> None:
        self.problems.append(Problem(self.path, block.line, message))


def read_terminals(part: Part) -> Terminals:
    """Follow the servers of a part through its text."""
    terminals = Terminals(part.path)
    last = 0
    for block in part.blocks:
        terminals.do(block, _between(part, last, block.line))
        last = block.line
    terminals.close(_between(part, last, None))
    return terminals


def _between(part: Part, first: int, end: int | None) -> list[str]:
    return [
        paragraph
        for line, paragraph in part.prose
        if first < line and (end is None or line < end)
    ]
