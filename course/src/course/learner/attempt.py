"""Exercises in a learner's tree: find, check, solve, and reset them."""

import difflib
import os
from dataclasses import dataclass

from course.errors import CourseError, UsageError
from course.git.command import run_git
from course.git.repository import Repository
from course.git.worktrees import uncommitted
from course.learner.clone import Clone, ExerciseFolder
from course.learner.exercises import Exercise, StepResult, check, read_exercises
from course.learner.progress import read_progress, record_exercise
from course.learner.running import own_python
from course.terminal import display_tool, first_few
from course.tree import File, Tree, write_folder


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of each step of an exercise in the learner's tree."""

    exercise: Exercise
    steps: tuple[StepResult, ...]
    tests_changed: bool

    @property
    def solved(self) -> bool:
        """Whether every step holds."""
        return all(step.holds for step in self.steps)


def find(clone: Clone, name: str) -> Exercise:
    """Read the exercise that a person means: `name`, `2/name` or a part of the name.

    The chapter of this work tree goes first. Raises UsageError, naming those there
    are, where none or several fit.
    """
    number, slash, rest = name.partition("/")
    known = list(clone.exercises)
    if slash and number.isdecimal():
        known = clone.exercises_of(clone.course.chapter(int(number)))
        name = rest
    elif (chapter := clone.chapter) is not None:
        here = clone.exercises_of(chapter)
        if any(name in one.name for one in here):
            known = here
    fit = [one for one in known if one.name == name]
    fit = fit or [one for one in known if name and name in one.name]
    if len(fit) == 1:
        return read(clone, fit[0])
    if fit:
        labels = ", ".join(one.label for one in fit)
        raise UsageError(f"{name} could be {labels}: write more of the name")
    near = difflib.get_close_matches(name, [one.name for one in known], 1)
    labels = ", ".join(one.label for one in known) or "none"
    guess = f"did you mean {near[0]}? " if near else ""
    raise UsageError(f"there is no exercise {name}: {guess}there are {labels}")


def read(clone: Clone, folder: ExerciseFolder) -> Exercise:
    """Read an exercise from main, with its hint and its solution."""
    tree = clone.repository.tree(clone.source, folder.folder)
    return read_exercises(tree, folder.chapter)[0]


def attempt(clone: Clone, exercise: Exercise) -> Attempt:
    """Run an exercise's tests on this work tree; a solved one is recorded."""
    clone.own_chapter()
    root = clone.repository.root
    changed = {
        path
        for path, file in clone.repository.read_paths(exercise.tests).items()
        if file.data != exercise.tests[path].data
    }
    for path in exercise.tests:
        if not (root / path).is_file():
            raise UsageError(
                f"{path} is not in this tree: `{display_tool()} reset {exercise.name}`"
            )
    steps = tuple(check(exercise, root, own_python(root)))
    found = Attempt(exercise, steps, bool(changed))
    if found.solved and not changed and not clone.published:
        record_exercise(clone.repository, label(exercise))
    return found


def under_way(clone: Clone, exercise: Exercise) -> bool:
    """Whether a learner is at an exercise: its files are changed, it is not solved."""
    if label(exercise) in read_progress(clone.repository).exercises:
        return False
    end = clone.checkpoint(exercise.chapter)
    here = clone.repository.read_paths(touched(clone, exercise))
    return any(here.get(p) != end.get(p) for p in touched(clone, exercise))


def label(exercise: Exercise) -> str:
    """Return how an exercise is written down: `2/name`."""
    return f"{exercise.chapter}/{exercise.name}"


def solve(clone: Clone, exercise: Exercise) -> list[str]:
    """Apply an exercise's solution to this work tree; return the paths it changes.

    Raises UsageError where one of them has uncommitted work, or where it does not fit.
    """
    clone.own_chapter()
    root, patch = clone.repository.root, _solution(exercise)
    paths = touched(clone, exercise)
    check_saved(clone, paths, f"{display_tool()} solution {exercise.name} --apply")
    done = run_git(root, "apply", "--whitespace=nowarn", "-", input=patch, check=False)
    if done.returncode:
        raise CourseError(
            "the solution does not fit your files: type it, or bring them back with "
            f"`{display_tool()} reset {exercise.name}`"
        )
    return paths


def reset(clone: Clone, exercise: Exercise) -> list[str]:
    """Bring the files of an exercise back to where it begins, the chapter's end.

    These are the files that its solution changes, and all that were at the chapter's
    end once and are not any more, for one may solve it elsewhere. Returns the paths
    that changed. Raises UsageError where one of the files has uncommitted work; what is
    committed stays in the history.
    """
    clone.own_chapter()
    root = clone.repository.root
    checkpoint = clone.checkpoint(exercise.chapter)
    paths = touched(clone, exercise)
    own = [path for path in checkpoint if path.startswith(f"{exercise.folder}/")]
    paths = sorted({*paths, *own, *_left_since(clone, checkpoint)})
    wanted = {path: checkpoint[path] for path in paths if path in checkpoint}
    here = clone.repository.read_paths(paths)
    different = [path for path in paths if here.get(path) != wanted.get(path)]
    gone = [path for path in different if path not in here]
    there = [path for path in different if path in here]
    if there:
        check_saved(clone, there, f"{display_tool()} reset {exercise.name}")
    for path in there:
        if path not in wanted:
            (root / path).unlink()
    changed: dict[str, File] = {p: wanted[p] for p in different if p in wanted}
    write_folder(changed, root)
    return sorted({*there, *gone})


def _left_since(clone: Clone, checkpoint: Tree) -> set[str]:
    """Return the files that a commit has as the checkpoint does, but not the tree."""
    repository = clone.repository
    here = repository.read_paths(checkpoint)
    changed = [
        path
        for path, file in checkpoint.items()
        if here.get(path) != file and not path.startswith("chapters/")
    ]
    return {path for path in changed if _was(repository, path, checkpoint[path])}


def _was(repository: Repository, path: str, file: File) -> bool:
    """Whether a commit of this branch holds a file so."""
    listed = repository.run("log", "--format=", "--raw", "--no-abbrev", "--", path)
    blob = repository.run("hash-object", "--stdin", input=file.data).strip()
    return any(blob == line.split()[3] for line in listed.splitlines() if line)


def touched(clone: Clone, exercise: Exercise) -> list[str]:
    """List the files that an exercise's solution changes, makes or removes."""
    patch = _solution(exercise)
    flags = ["apply", "--numstat", "-z", "-"]
    listed = run_git(clone.repository.root, *flags, input=patch).stdout
    fields = [line.split(b"\t", 2) for line in listed.split(b"\0") if line]
    return [os.fsdecode(field[2]) for field in fields if len(field) == 3]


def check_saved(clone: Clone, paths: list[str], again: str) -> None:
    """Refuse to change files of which git does not have the learner's last state."""
    unsaved = uncommitted(clone.repository.root, *paths) if paths else []
    if unsaved:
        raise UsageError(
            f"not committed yet: {first_few(unsaved)}; keep your work with "
            f"`git add --all && git commit -m 'My attempt'`, then `{again}`"
        )


def _solution(exercise: Exercise) -> bytes:
    if not exercise.solution:
        raise CourseError(f"{label(exercise)} has no solution")
    return exercise.solution
