"""How many minutes a part takes, by a formula: reading, typing, running, waiting."""

from collections.abc import Iterable
from dataclasses import dataclass

from course.text.listing import commands
from course.text.parser import CONSOLES, TYPED, Block, Part, parse

WORDS_PER_MINUTE = 180  # read, outside of blocks
SECONDS_PER_LINE = 12  # typed
SECONDS_PER_COMMAND = 25  # typed, run, and its output read


@dataclass(frozen=True, slots=True)
class Effort:
    """What a reader does in one part."""

    words: int
    lines: int  # typed into files, those that are undone as well
    commands: int

    def minutes(self, tests: float = 0.0) -> float:
        """Return the minutes that it takes; tests are the seconds of its test runs."""
        typing = self.lines * SECONDS_PER_LINE + self.commands * SECONDS_PER_COMMAND
        return self.words / WORDS_PER_MINUTE + (typing + tests) / 60


def effort(part: Part, text: str) -> Effort:
    """Count what the reader of a part reads, types and runs; text is its Markdown."""
    return Effort(
        words=words(text),
        lines=sum(map(_lines, part.blocks)),
        commands=sum(len(commands(one)) for one in _consoles(part.blocks)),
    )


def words(text: str) -> int:
    """Count the words of a text: paragraphs, headings and tables, but no blocks."""
    tokens = [token for token in parse(text) if token.type == "inline"]
    return sum(len(token.content.split()) for token in tokens)


def _consoles(blocks: Iterable[Block]) -> list[Block]:
    return [block for block in blocks if block.kind in CONSOLES]


def _lines(block: Block) -> int:
    """Return how many lines a block has the reader type."""
    if block.kind == "try":
        return sum(line.startswith("+") for line in block.lines)
    return block.typed if block.kind in TYPED else 0
