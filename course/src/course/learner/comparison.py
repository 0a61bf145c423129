"""Compare a learner's tree with the tree that the text has after a step."""

from dataclasses import dataclass, replace

from course.errors import UsageError
from course.learner.clone import Clone
from course.source.manifest import Chapter
from course.source.weave import start_tree
from course.text.comparison import Difference, compare_at, named_files, relevant
from course.text.following import Point, points
from course.text.parser import read_texts
from course.tree import Tree

BEGINNING = -1


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
    text = ChapterText(clone, number)
    return text.compare(step, relevant(clone.repository.work_tree()))


def compare_nearest(clone: Clone, number: int) -> Comparison:
    """Compare with the step that the work tree is nearest to; of equals the last.

    Where a file that a step brings goes again after it, a tree without it is as near to
    that step as to the one before; it goes by the one at whose end it is just so.

    It goes by the name of the last step that changed a file: steps that only look at
    something, such as the first one of the next part, may not be read yet.
    """
    text = ChapterText(clone, number)
    tree = relevant(clone.repository.work_tree())
    steps = [0, BEGINNING, *list(text.points)[2:]]
    found = [text.compare(step, tree) for step in steps]
    nearest = min(reversed(found), key=lambda one: (one.size, text.off(one.step, tree)))
    step = text.changed_last(nearest.step)
    return replace(nearest, step=step, title=text.points[step].title)


class ChapterText:
    """A chapter's text with the points at which one may compare, read once."""

    def __init__(self, clone: Clone, number: int) -> None:
        self.chapter = clone.course.chapter(number)
        target = clone.checkpoint(number)
        before = start_tree(clone.checkpoint(number - 1), target, self.chapter.folder)
        parts = read_texts(target, self.chapter)
        steps = points(before, target, parts)
        self.points: dict[int | None, Point] = {
            BEGINNING: Point(BEGINNING, "", before, (), (), False),
            **{point.step: point for point in steps},
            None: Point(len(steps), "", target, (), steps[-1].tries, False),
        }
        self.named = named_files(parts, target)
        self.modes = clone.repository.has_file_modes()

    def changed_last(self, step: int | None) -> int | None:
        """Return the last step, up to this one, in which a reader changes a file."""
        if step is None:
            return None
        while step > BEGINNING and not self.points[step].changes:
            step -= 1
        return step

    def at(self, step: int | None) -> Point:
        """Return the end of a step; raises UsageError where there is no such step."""
        if step not in self.points:
            number, last = self.chapter.number, len(self.points) - 3
            raise UsageError(f"chapter {number} has no step {step}: it has 1 to {last}")
        return self.points[step]

    def up_to(self, step: int) -> list[Point]:
        """Return the chapter's beginning and the ends of its steps, up to one."""
        return [
            one for key, one in self.points.items() if key is not None and key <= step
        ]

    def off(self, step: int | None, yours: Tree) -> int:
        """Count the files that are not as at the very end of a step."""
        point = replace(self.points[step], others=())
        return len(compare_at(point, yours, self.named, modes=self.modes))

    def compare(self, step: int | None, yours: Tree) -> Comparison:
        """Compare a tree with that of the text after a step."""
        point = self.at(step)
        found = compare_at(point, yours, self.named, modes=self.modes)
        return Comparison(self.chapter, step, point.title, tuple(found))
