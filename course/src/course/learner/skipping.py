"""Skip a part of a chapter: take from the text what one would have typed there."""

from dataclasses import dataclass

from course.errors import UsageError
from course.learner.attempt import check_saved
from course.learner.clone import Clone
from course.learner.comparison import BEGINNING, ChapterText
from course.source.requirements import REQUIREMENT_FILES
from course.terminal import display_tool
from course.text.comparison import relevant
from course.text.following import Point
from course.tree import File, read_paths, write_folder


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was written into the learner's folder."""

    title: str  # of the step after which the text has these files
    paths: tuple[str, ...]

    @property
    def packages(self) -> bool:
        """Whether the files ask for other packages than before."""
        return not {*REQUIREMENT_FILES}.isdisjoint(self.paths)


def skip(clone: Clone, number: int, step: int) -> Skipped:
    """Take the files that a chapter's text has changed up to a step, as they are then.

    The tests that a part fetches after its last step come along: later steps have them.
    Others stay as they are, and no command of the text is run. Raises UsageError where
    one of the files has work that is not committed, or this is another chapter.
    """
    here = clone.own_chapter().number
    if here != number:
        raise UsageError(f"this folder is at chapter {here}, not at chapter {number}")
    text = ChapterText(clone, number)
    point, start = text.at(step), text.at(BEGINNING).tree
    changed = {p: f for p, f in relevant(point.tree).items() if f != start.get(p)}
    changed = _tests_fetched_after(point) | changed
    yours = read_paths(clone.repository.root, changed)
    wanted = {path: file for path, file in changed.items() if file != yours.get(path)}
    present = [path for path in wanted if path in yours]
    check_saved(clone, present, f"{display_tool()} skip {number}.{step}")
    write_folder(wanted, clone.repository.root)
    return Skipped(point.title, tuple(sorted(wanted)))


def _tests_fetched_after(point: Point) -> dict[str, File]:
    """Return the tests that the text fetches between a step and the next one."""
    return {
        path: file
        for tree in point.others
        for path, file in tree.items()
        if path.startswith("test/") and path not in point.tree
    }
