"""Skip a part of a chapter: take from the text what one would have typed there."""

from dataclasses import dataclass
from pathlib import Path

from course.errors import UsageError
from course.learner.attempt import check_saved
from course.learner.clone import Clone
from course.learner.comparison import BEGINNING, ChapterText
from course.source.requirements import REQUIREMENT_FILES
from course.terminal import display_tool
from course.text.comparison import relevant
from course.text.following import Point
from course.tree import File, Tree, read_paths, write_folder


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was written into the learner's folder, and what was deleted there."""

    title: str  # of the step after which the text has these files
    paths: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def requirements(self) -> list[str]:
        """The files that ask for other packages than before."""
        return [path for path in REQUIREMENT_FILES if path in self.paths]


def skip(clone: Clone, number: int, step: int) -> Skipped:
    """Take the files that a chapter's text has changed up to a step, as they are then.

    The tests that a part fetches after its last step come along: later steps have them.
    What it removes there, such as programs that were only for trying, is left out, and
    a file that the text has removed goes if it is one of the text's, unchanged.
    Others stay as they are, and no command of the text is run. Raises UsageError where
    one of the files has work that is not committed, or this is another chapter.
    """
    here = clone.own_chapter().number
    if here != number:
        raise UsageError(f"this folder is at chapter {here}, not at chapter {number}")
    text = ChapterText(clone, number)
    point, start = text.at(step), text.at(BEGINNING).tree
    text_tree = relevant(point.tree)
    end = {p: f for p, f in text_tree.items() if p not in point.removed}
    changed = {path: file for path, file in end.items() if file != start.get(path)}
    changed |= _tests_fetched_after(point)
    root = clone.repository.root
    yours = read_paths(root, changed)
    wanted = {path: file for path, file in changed.items() if file != yours.get(path)}
    present = [path for path in wanted if path in yours]
    check_saved(clone, present, f"{display_tool()} skip {number}.{step}")
    deleted = _left_over(root, [one.tree for one in text.up_to(step)], end)
    for path in deleted:
        (root / path).unlink()
    write_folder(wanted, root)
    return Skipped(point.title, tuple(sorted(wanted)), tuple(deleted))


def _tests_fetched_after(point: Point) -> dict[str, File]:
    """Return the tests that the text fetches between a step and the next one."""
    tests = {
        path: file  # as the last tree has it
        for tree in point.others
        for path, file in tree.items()
        if path.startswith("test/")
    }
    return {p: file for p, file in tests.items() if file != point.tree.get(p)}


def _left_over(root: Path, earlier: list[Tree], end: Tree) -> list[str]:
    """List the files that the text had earlier and has removed by its end.

    Only those that are just as they were in the text: no work of the learner's own.
    """
    gone = {path for tree in earlier for path in relevant(tree)} - end.keys()
    yours = read_paths(root, gone)
    return sorted(
        path
        for path, file in yours.items()
        if any(tree.get(path) == file for tree in earlier)
    )
