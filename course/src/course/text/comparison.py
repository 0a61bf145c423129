"""What differs between a reader's tree and the text's, and how to say it."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from course.text.diffs import parse_hunks, positions
from course.text.following import Point
from course.text.listing import commands
from course.text.parser import CONSOLES, Block, Part
from course.tree import EXECUTABLE, SYMLINK, File, Tree

MAX_QUOTED_CHARACTERS = 60  # of a line that is quoted
# What editors and desktops leave in a folder; in the names of files or folders.
LEFT_BEHIND = (
    *(".idea", ".vscode", ".vs", ".zed", ".fleet", "*.code-workspace", "*.sublime-*"),
    *("*~", "*.sw[a-p]", ".#*", "#*#", ".*.un~", ".directory", ".Trash-*"),
    *(".DS_Store", "._*", "Thumbs.db", "desktop.ini", "*:Zone.Identifier"),
)
_WORD = re.compile(r"[\w.@/+-]+")


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as the text has it; None stands for one that is not there."""

    path: str
    text: File | None
    yours: File | None
    tried: Block | None = None  # what was to be undone, and is still in it

    @property
    def size(self) -> int:
        """About how many lines differ, in any order; at least one."""
        text, yours = Counter(_lines(self.text)), Counter(_lines(self.yours))
        return max(1, (text - yours).total(), (yours - text).total())

    def words(self) -> str:
        """Say in plain words how the file differs."""
        if self.tried:
            name = PurePosixPath(self.tried.path).name
            where = f"line {self.tried.line} of {name}"
            return f"the `try this` from {where} is still there: undo it"
        if self.yours is None:
            return "is missing"
        if self.text is None:
            return "is not in the text (yet)"
        if self.text.data == self.yours.data:
            wanted = self.text.mode == EXECUTABLE
            return f"must {'' if wanted else 'not '}be executable"
        text, yours = _lines(self.text), _lines(self.yours)
        if blank := _blank_words(text, yours):
            return blank
        if [line.split() for line in text] == [line.split() for line in yours]:
            return f"line {_first(text, yours)}: only the spaces differ"
        return _first_words(text, yours)

    def diff(self) -> Iterator[str]:
        """Yield the lines of a unified diff: `-` is the text's, `+` is yours."""
        text, yours = _lines(self.text), _lines(self.yours)
        if not (_is_text(self.text) and _is_text(self.yours)):
            return
        names = f"the text's {self.path}", f"your {self.path}"
        for line in difflib.unified_diff(text, yours, *names):
            yield line.rstrip("\n")
            if not line.endswith("\n"):
                yield "\\ no line end at the end of the file"


def relevant(tree: Tree) -> Tree:
    """Leave out what nobody types: the root README and the texts themselves."""
    return {
        path: file
        for path, file in tree.items()
        if path != "README.md" and not path.startswith("chapters/")
    }


def compare_at(
    point: Point, yours: Tree, named: Iterable[str] = (), *, modes: bool = True
) -> list[Difference]:
    """List the files that a reader has otherwise than the text at a point.

    named are the words of the text's commands: a file that they make for the moment is
    no difference. Without modes, an executable file is as good as another.
    """
    words = frozenset(named)
    text = relevant(point.tree)
    if not modes:
        yours = {path: _with_mode(file, text.get(path)) for path, file in yours.items()}
    found = []
    for one in differences(text, yours):
        extra = one.text is None and (_left(one.path) or _named(one.path, words))
        if not extra and not point.allows(one.path, one.yours):
            tried = _tried(one, point.tries)
            found.append(Difference(one.path, one.text, one.yours, tried))
    return found


def differences(text: Tree, yours: Tree) -> list[Difference]:
    """List the files in which two trees differ: changed, then missing, then extra."""
    found = [
        Difference(path, text.get(path), yours.get(path))
        for path in sorted({*text, *yours})
        if text.get(path) != yours.get(path)
    ]
    return sorted(found, key=lambda one: (one.text is None, one.yours is None))


def named_files(parts: Iterable[Part], target: Tree) -> set[str]:
    """Return what a text's commands name, but for the files that the checkpoint has."""
    consoles = (b for part in parts for b in part.blocks if b.kind in CONSOLES)
    lines = (command for block in consoles for _, command, _ in commands(block))
    folders = {str(one) for path in target for one in PurePosixPath(path).parents}
    words = {word.rstrip("/") for line in lines for word in _WORD.findall(line)}
    return words - folders - target.keys()


def _named(path: str, words: frozenset[str]) -> bool:
    """Whether a command of the text names a file or a folder that it lies in."""
    return not words.isdisjoint({path, *map(str, PurePosixPath(path).parents)})


def _left(path: str) -> bool:
    """Whether a file is one that an editor or a desktop leaves."""
    parts = PurePosixPath(path).parts
    return any(fnmatchcase(part, name) for part in parts for name in LEFT_BEHIND)


def _with_mode(file: File, text: File | None) -> File:
    if text is None or SYMLINK in (text.mode, file.mode):
        return file
    return File(file.data, text.mode)


def _tried(found: Difference, tries: Iterable[Block]) -> Block | None:
    """Return the diff that was to be undone and that one still has."""
    text, yours = (_plain(file) for file in (found.text, found.yours))
    for block in tries:
        if block.target != found.path:
            continue
        new = [
            [text for sign, text, _ in hunk.lines if sign != "-"]
            for hunk in parse_hunks(block)
        ]
        if all(positions(yours, part) and not positions(text, part) for part in new):
            return block
    return None


def _plain(file: File | None) -> list[str]:
    return [line.rstrip("\r\n") for line in _lines(file)]


def _is_text(file: File | None) -> bool:
    return file is None or b"\0" not in file.data


def _lines(file: File | None) -> list[str]:
    if file is None:
        return []
    return file.data.decode("utf-8", "replace").splitlines(keepends=True)


def _blank_words(text: list[str], yours: list[str]) -> str:
    """Say that only blank lines differ, and where first; "" where more does."""
    shown, have = ([line for line in lines if line.strip()] for lines in (text, yours))
    if shown != have:
        return ""
    more = len(yours) - len(text)
    number = _first(text, yours)
    if abs(more) == 1:
        return f"line {number}: one blank line {'too many' if more > 0 else 'too few'}"
    return f"line {number}: only the blank lines differ"


def _first(text: list[str], yours: list[str]) -> int:
    """Return the first line, from 1, in which two files differ."""
    pairs = zip(text, yours, strict=False)
    same = (number for number, (one, other) in enumerate(pairs, 1) if one != other)
    return next(same, min(len(text), len(yours)) + 1)


def _first_words(text: list[str], yours: list[str]) -> str:
    number = _first(text, yours)
    if number > len(yours):
        last = len(yours)
        return f"ends after line {last}; the text goes on with {_quote(text, number)}"
    if number > len(text):
        return f"line {number} is not in the text: {_quote(yours, number)}"
    if text[number - 1].rstrip("\r\n") == yours[number - 1].rstrip("\r\n"):
        return f"line {number}: only the line end differs"
    same = _first(list(text[number - 1].strip()), list(yours[number - 1].strip())) - 1
    return (
        f"line {number}: the text has {_quote(text, number, same)}, "
        f"you have {_quote(yours, number, same)}"
    )


def _quote(lines: list[str], number: int, same: int = 0) -> str:
    """Quote a line; of a long one the part around what follows the first `same`."""
    line = lines[number - 1].strip()
    if not line:
        return "an empty line"
    first = max(
        0, min(same - MAX_QUOTED_CHARACTERS // 2, len(line) - MAX_QUOTED_CHARACTERS)
    )
    part = line[first : first + MAX_QUOTED_CHARACTERS]
    before = "..." if first else ""
    after = "..." if first + MAX_QUOTED_CHARACTERS < len(line) else ""
    return f"`{before}{part}{after}`"
