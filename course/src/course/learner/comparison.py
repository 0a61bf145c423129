"""Compare a learner's tree with the tree that the text has after a step."""

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from course.errors import UsageError
from course.learner.clone import Clone
from course.source.manifest import Chapter
from course.tree import EXECUTABLE, File, Tree

BEGINNING = -1
MAX_QUOTED_CHARACTERS = 60  # characters of a line that is quoted


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as the text has it; None stands for one that is not there."""

    path: str
    text: File | None
    yours: File | None

    @property
    def size(self) -> int:
        """About how many lines differ, in any order; at least one."""
        text, yours = Counter(_lines(self.text)), Counter(_lines(self.yours))
        return max(1, (text - yours).total(), (yours - text).total())

    def words(self) -> str:
        """Say in plain words how the file differs."""
        if self.yours is None:
            return "is missing"
        if self.text is None:
            return "is not in the text (yet)"
        if self.text.data == self.yours.data:
            wanted = self.text.mode == EXECUTABLE
            return f"must {'' if wanted else 'not '}be executable"
        text, yours = _lines(self.text), _lines(self.yours)
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs from the text after a step of a chapter.

    Step None is the chapter's end, 0 what stands before step 1, BEGINNING the chapter's
    beginning, before anything is fetched or typed.
    """

    chapter: Chapter
    step: int | None
    title: str
    differences: tuple[Difference, ...]

    @property
    def size(self) -> int:
        """About how many lines differ in all files."""
        return sum(difference.size for difference in self.differences)

    @property
    def where(self) -> str:
        """Name the point of the text that was compared with."""
        if self.step is None:
            return f"the end of chapter {self.chapter.number}"
        if self.step == BEGINNING:
            return f"the beginning of chapter {self.chapter.number}"
        if self.step == 0:
            return f"the point before step {self.chapter.number}.1"
        return f"step {self.chapter.number}.{self.step} ({self.title})"


def parse_point(point: str) -> tuple[int, int | None]:
    """Read `2.3` as chapter and step, `2` as a chapter's end; else UsageError."""
    number, dot, step = point.partition(".")
    if not (number.isdecimal() and (step.isdecimal() or not dot)):
        raise UsageError(f"write a chapter (2) or a chapter and a step (2.3): {point}")
    return int(number), int(step) if dot else None


def compare(clone: Clone, number: int, step: int | None) -> Comparison:
    """Compare the work tree with a chapter's text after a step (None: at its end)."""
    text = _Text(clone, number)
    return text.compare(step, relevant(clone.repository.work_tree()))


def compare_nearest(clone: Clone, number: int) -> Comparison:
    """Compare with the step that the work tree is nearest to; of equals the last."""
    text = _Text(clone, number)
    tree = relevant(clone.repository.work_tree())
    steps = [0, BEGINNING, *list(text.titles)[1:], None]
    found = [text.compare(step, tree) for step in steps]
    return min(reversed(found), key=lambda comparison: comparison.size)


class _Text:
    """A chapter's text with the trees it begins and ends at, read once."""

    def __init__(self, clone: Clone, number: int) -> None:
        from course.text.parser import read_texts

        self.chapter = clone.course.chapter(number)
        self.target = clone.checkpoint(number)
        folder = f"{self.chapter.folder}/"
        own = {p: f for p, f in self.target.items() if p.startswith(folder)}
        self.before = clone.checkpoint(number - 1) | own
        self.parts = read_texts(self.target, self.chapter)
        self.titles = {0: ""} | {
            step.number: step.title for part in self.parts for step in part.steps
        }

    def compare(self, step: int | None, yours: Tree) -> Comparison:
        from course.text.typist import tree_after

        if step not in {BEGINNING, None, *self.titles}:
            number, last = self.chapter.number, max(self.titles)
            raise UsageError(f"chapter {number} has no step {step}: it has 1 to {last}")
        text = self.before if step == BEGINNING else self.target
        if step is not None and step != BEGINNING:
            text = tree_after(self.before, self.target, self.parts, step)
        title = self.titles.get(step, "") if step else ""
        found = differences(relevant(text), yours)
        return Comparison(self.chapter, step, title, tuple(found))


def relevant(tree: Tree) -> Tree:
    """Leave out what nobody types: the root README and the texts themselves."""
    return {
        path: file
        for path, file in tree.items()
        if path != "README.md" and not path.startswith("chapters/")
    }


def differences(text: Tree, yours: Tree) -> list[Difference]:
    """List the files in which two trees differ: changed, then missing, then extra."""
    found = [
        Difference(path, text.get(path), yours.get(path))
        for path in sorted({*text, *yours})
        if text.get(path) != yours.get(path)
    ]
    return sorted(found, key=lambda one: (one.text is None, one.yours is None))


def _is_text(file: File | None) -> bool:
    return file is None or b"\0" not in file.data


def _lines(file: File | None) -> list[str]:
    if file is None:
        return []
    return file.data.decode("utf-8", "replace").splitlines(keepends=True)


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
        return f"line {number} is more than the text has: {_quote(yours, number)}"
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
