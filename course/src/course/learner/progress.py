"""What the learner has done: when chapters' tests and exercises first passed."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from course.git.repository import Repository
from course.locks import file_lock
from course.tree import write_atomically

FILE = "progress.json"


@dataclass(frozen=True, slots=True)
class Progress:
    """When each chapter's tests and each exercise first passed (UTC, ISO 8601)."""

    chapters: dict[int, str]
    exercises: dict[str, str]  # by label: 2/name


def read_progress(repository: Repository) -> Progress:
    """Read the record; a missing or spoilt one is an empty one."""
    try:
        record = json.loads(_path(repository).read_text(encoding="utf-8"))
        chapters = {
            int(number): str(when) for number, when in record["chapters"].items()
        }
        exercises = {str(name): str(when) for name, when in record["exercises"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Progress({}, {})
    return Progress(chapters, exercises)


def record_chapter(repository: Repository, number: int) -> None:
    """Note that chapter `number`'s own tests passed in the learner's tree."""
    _record(repository, chapter=number)


def record_exercise(repository: Repository, label: str) -> None:
    """Note that an exercise's test passed in the learner's tree."""
    _record(repository, exercise=label)


def _record(
    repository: Repository, chapter: int | None = None, exercise: str | None = None
) -> None:
    """Add one line to the record, under a lock, and put the file in place at once."""
    path = _path(repository)
    path.parent.mkdir(parents=True, exist_ok=True)
    with file_lock(path.with_suffix(".lock")):
        record = read_progress(repository)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        if chapter is not None:
            record.chapters.setdefault(chapter, now)
        if exercise is not None:
            record.exercises.setdefault(exercise, now)
        table = {"chapters": record.chapters, "exercises": record.exercises}
        write_atomically(path, (json.dumps(table, indent=2) + "\n").encode())


def _path(repository: Repository) -> Path:
    return repository.tool_folder / FILE
