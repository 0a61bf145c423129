"""A learner's clone: the course in its git repository, and the current work tree."""

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from course.branches.finding import chapter_tip, find_source_ref
from course.errors import UsageError
from course.git.repository import Repository
from course.git.worktrees import worktrees
from course.source.manifest import COURSE, Chapter, Course, read_course
from course.terminal import display_tool
from course.tree import File

MINE = "mine"  # the folder of the learner's own work tree, at the root of the clone
_BRANCH = re.compile(r"(my-)?chapter-(\d+)(?![\d.])")
_EXERCISE = re.compile(r"(chapters/[^/]+)/exercises/([^/]+)/README\.md")


@dataclass(frozen=True, slots=True)
class ExerciseFolder:
    """An exercise by name: where it stands on main, without reading it."""

    chapter: Chapter
    name: str

    @property
    def folder(self) -> str:
        """The folder that holds its task, test, hint and solution."""
        return f"{self.chapter.folder}/exercises/{self.name}"

    @property
    def label(self) -> str:
        """How it is written down: `2/name`, since two chapters may share a name."""
        return f"{self.chapter.number}/{self.name}"


@dataclass(frozen=True, slots=True)
class Clone:
    """A work tree of the clone, and the course that the clone holds."""

    repository: Repository
    source: str  # the ref of the annotated course
    course: Course
    exercises: tuple[ExerciseFolder, ...]
    branch: str | None

    @classmethod
    def here(cls, path: Path | None = None) -> "Clone":
        """Read the course from git; the work tree may be on any branch.

        Only names and manifests below `chapters/` are read: a few milliseconds.
        """
        repository = Repository.find(path)
        source = find_source_ref(repository)
        entries = repository.entries(source, "chapters")
        named = {path: File(b"") for path in entries}
        wanted = {
            path: entry
            for path, entry in entries.items()
            if path.endswith((".toml", "/README.md")) and "/exercises/" not in path
        }
        course = read_course(named | repository.read_entries(wanted))
        chapters = {chapter.folder: chapter for chapter in course.chapters}
        exercises = tuple(
            ExerciseFolder(chapters[match[1]], match[2])
            for match in map(_EXERCISE.fullmatch, entries)
            if match
        )
        return cls(repository, source, course, exercises, repository.branch())

    @property
    def annotated(self) -> bool:
        """Whether this work tree is main's: the finished app with its markers."""
        return (self.repository.root / COURSE).is_file()

    @property
    def published(self) -> bool:
        """Whether this is a checkpoint's own branch, where nobody's work belongs."""
        match = _BRANCH.fullmatch(self.branch or "")
        return match is not None and not match[1]

    @property
    def chapter(self) -> Chapter | None:
        """The chapter this work tree is at: by its branch, else by the texts it has."""
        if self.annotated:
            return None
        match = _BRANCH.match(self.branch or "")
        number = int(match[2]) if match else self._highest()
        return self.course.chapter(number) if 1 <= number <= self.course.last else None

    def own_trees(self) -> dict[int, Path]:
        """Map each chapter that the learner has begun to the folder it is open in."""
        trees = {}
        for tree in worktrees(self.repository):
            match = _BRANCH.fullmatch(tree.branch or "")
            if match and match[1] and not tree.prunable:
                trees[int(match[2])] = tree.path
        return {number: trees[number] for number in sorted(trees)}

    def _highest(self) -> int:
        """The highest number among the folders in `chapters/`; 0 without any."""
        folders = (self.repository.root / "chapters").glob("[0-9][0-9]-*/")
        return max((int(folder.name[:2]) for folder in folders), default=0)

    def own_chapter(self) -> Chapter:
        """Return this tree's chapter; raises UsageError on main, which has none."""
        if self.chapter is not None:
            return self.chapter
        where = "this is main" if self.annotated else "no chapter is begun here"
        if trees := self.own_trees():
            folder = display_path(trees[max(trees)])
            raise UsageError(f"{where}: `cd {folder}` first")
        raise UsageError(
            f"{where}: begin with `{display_tool()} start 1`, or go to your folder"
        )

    def tip(self, number: int) -> str:
        """Return the commit of checkpoint `number`, which is the end of that chapter.

        The release goes before the branch, which may hold a learner's own commits.
        Raises UsageError where the course has no such chapter or no such branch yet.
        """
        self.course.chapter(number)
        release = self.repository.resolve(f"refs/course/chapter-{number}")
        tip = release or chapter_tip(self.repository, number)
        if tip is None:
            raise UsageError(
                f"the branch chapter-{number} is not here yet: "
                f"run `{display_tool()} branches`"
            )
        return tip

    def checkpoint(self, number: int) -> dict[str, File]:
        """Read the tree of checkpoint `number`; chapter 0 is the empty tree."""
        return self.repository.tree(self.tip(number)) if number else {}

    def exercises_of(self, chapter: Chapter) -> list[ExerciseFolder]:
        """List the exercises of a chapter, in the order of their names."""
        return [one for one in self.exercises if one.chapter == chapter]


def display_path(path: Path) -> str:
    """Write a path as a person at this prompt would type it."""
    try:
        relative = os.path.relpath(path)
    except (FileNotFoundError, ValueError):
        relative = str(path)
    return shlex.quote(min(relative, str(path), key=len))
