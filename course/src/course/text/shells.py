"""What a reader's shell makes of a command: it works when pasted in bash, zsh and dash.

A prompt is not a script: zsh takes a comment for arguments, looks for files where a
word has an unquoted `?`, and some names are its own; `!` in double quotes asks for an
earlier command. dash has less than the other two.
"""

import re
from collections.abc import Iterable, Iterator

from course.errors import Problem
from course.text.listing import commands
from course.text.parser import CONSOLES, Block, Part

_HEREDOC = re.compile(r"<<-?\s*(['\"\\]?)(\w+)\1")
# Names that zsh has given a meaning of its own.
_ZSH_NAMES = re.compile(
    r"(?:^|[;&|({]\s*)(?:(?:for|local|export)\s+)?(path|status)(?:=|\s+in\b)"
)
_NOT_IN_DASH = re.compile(r"\$\{[@*]:|\[\[|<\(|&>|\$'|<<<|\bsource\s")
SAID = re.compile(r"\bzsh\b")  # in the prose of a course that has a heredoc


def shell_problems(blocks: Iterable[Block]) -> list[Problem]:
    """List what does not work, or means something else, in another shell."""
    return [
        Problem(block.path, block.line + 1 + row, message)
        for block in blocks
        if block.kind in CONSOLES
        for row, command, _ in commands(block)
        for message in faults(command)
    ]


def heredoc_problems(parts: Iterable[Part], earlier: Iterable[Part]) -> list[Problem]:
    """List the first heredoc of a text, if no text up to there says what it needs."""
    parts = list(parts)
    prose = (text for part in [*earlier, *parts] for _, text in part.prose)
    if any(SAID.search(text) for text in prose):
        return []
    message = 'fish has no <<: say once "the commands are for bash or zsh"'
    return [
        Problem(block.path, block.line + 1 + row, message)
        for part in parts
        for block in part.blocks
        if block.kind in CONSOLES
        for row, command, _ in commands(block)
        if _HEREDOC.search(command)
    ][:1]


def dash_problems(blocks: Iterable[Block]) -> list[Problem]:
    """List what dash, the sh of Debian and Ubuntu, does not have."""
    return [
        Problem(block.path, block.line + 1 + row, f"dash has no {piece.strip()}")
        for block in blocks
        if block.kind in CONSOLES
        for row, command, _ in commands(block)
        for piece in _NOT_IN_DASH.findall("\n".join(_split_quotes(command)))
    ]


def faults(command: str) -> Iterator[str]:
    """Say what is wrong with a command, pasted at the prompt of some shell."""
    code = _without_heredocs(command)
    bare, double = _split_quotes(code)
    if re.search(r"(?:^|\s)#", bare):
        yield "a comment after a command is an argument in zsh: say it in the prose"
    if re.search(r"[^\s$(]\?|\?[^\s)]", re.sub(r"\$\?", "", bare)):
        yield "an unquoted ? stands for a file in zsh: put the word in quotes"
    if re.search(r"![^\s=(]", double):
        yield "an ! in \"...\" asks for an earlier command: use '...'"
    for name in _ZSH_NAMES.findall(bare):
        yield f"zsh has a meaning of its own for the name {name}: choose another"


def _without_heredocs(command: str) -> str:
    """Leave out the lines that << gives to a program."""
    lines: list[str] = []
    ends: list[str] = []
    for line in command.split("\n"):
        if ends:
            if line.strip() == ends[0]:
                ends.pop(0)
            continue
        lines.append(line)
        ends = [word for _, word in _HEREDOC.findall(line)]
    return "\n".join(lines)


def _split_quotes(code: str) -> tuple[str, str]:
    """Return what stands outside of quotes, a _ for each quoted sign, and in double."""
    bare, double, quote, escaped = [], [], "", False
    for sign in code:
        if escaped:
            bare.append("_")
            escaped = False
        elif sign == "\\" and quote != "'":
            escaped = True
        elif sign == quote:
            quote = ""
            bare.append("_")
        elif quote:
            bare.append("_")
            double.append(sign if quote == '"' else " ")
        elif sign in "'\"":
            quote = sign
            bare.append("_")
        else:
            bare.append(sign)
    return "".join(bare), "".join(double)
