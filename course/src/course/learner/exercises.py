"""The exercises of a chapter: task, hint, solution, and a test for each step."""

import ast
import os
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError, Problem, SourceError
from course.git.command import run_git
from course.run.testing import PytestRun, run_tests
from course.source.manifest import Chapter
from course.terminal import display_tool
from course.tree import File, Tree

TIMEOUT_SECONDS = 120.0  # for one exercise's tests


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an exercise: the test that judges it, and what it asks in words."""

    file: str
    test: str
    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """Whether a step of an exercise holds in a folder, and if not, why."""

    sentence: str
    holds: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise; hint and solution are None on a checkpoint, which has none."""

    chapter: int
    name: str
    folder: str
    title: str
    task: str
    hint: str | None
    solution: bytes | None
    tests: Tree
    steps: tuple[Step, ...]


def read_exercises(tree: Tree, chapter: Chapter) -> list[Exercise]:
    """Read a chapter's exercises, by name; raises SourceError with every fault."""
    start = f"{chapter.folder}/exercises/"
    folders: dict[str, dict[str, File]] = {}
    problems: list[Problem] = []
    for path in sorted(tree):
        name, slash, rest = path.removeprefix(start).partition("/")
        if path.startswith(start) and slash:
            folders.setdefault(name, {})[rest] = tree[path]
    found = [
        _read(chapter.number, start + name, folders[name], problems)
        for name in sorted(folders)
    ]
    if problems:
        raise SourceError(problems)
    return found


def check(exercise: Exercise, folder: Path, python: Path) -> list[StepResult]:
    """Run an exercise's tests in a folder; return whether each step holds.

    python is the program of the environment to run in. Raises CourseError where the
    folder lacks the exercise's tests, or the environment pytest.
    """
    for path in exercise.tests:
        if not (folder / path).is_file():
            raise CourseError(
                f"{path} is missing: `{display_tool()} reset` brings it back"
            )
    return judge(
        exercise, run_tests(folder, python, [exercise.folder], seconds=TIMEOUT_SECONDS)
    )


def judge(exercise: Exercise, tests: PytestRun) -> list[StepResult]:
    """Return for each step of an exercise whether its test passed, and why not."""
    return [_judge_step(step, tests) for step in exercise.steps]


def apply_solution(exercise: Exercise, folder: Path) -> None:
    """Solve an exercise in a folder that is no repository; CourseError if it can't."""
    env = {"GIT_CEILING_DIRECTORIES": os.fspath(folder.parent)}
    arguments = ["apply", "--whitespace=nowarn", "-"]
    done = run_git(folder, *arguments, input=exercise.solution, check=False, env=env)
    if done.returncode:
        reason = os.fsdecode(done.stderr).strip().removeprefix("error: ")
        where = f"{exercise.folder}/solution.patch"
        raise CourseError(f"{where} does not apply to the checkpoint: {reason}")


def _judge_step(step: Step, tests: PytestRun) -> StepResult:
    start = f"{step.file}::{step.test}"
    mine = [
        one for one in tests.outcomes if one.test == start or f"{start}[" in one.test
    ]
    whole = [one for one in tests.outcomes if one.test == step.file]
    bad = [one for one in [*mine, *whole] if one.outcome != "passed"]
    if bad:
        return StepResult(step.sentence, False, plain(bad[0].message))
    if mine:
        return StepResult(step.sentence, True)
    why = "it took too long" if tests.timed_out else _last_line(tests.output)
    return StepResult(step.sentence, False, why)


def plain(message: str) -> str:
    """Shorten an exception to its first line, without the class of an assert."""
    first = (message.strip().splitlines() or ["no reason given"])[0]
    return first.removeprefix("AssertionError: ")


def _last_line(output: str) -> str:
    return (output.strip().splitlines() or ["the tests did not run"])[-1]


def _read(number: int, folder: str, files: Tree, problems: list[Problem]) -> Exercise:
    """Read one exercise, its paths relative to its folder; note what is wrong."""
    steps: list[Step] = []
    tests = {}
    for path, file in files.items():
        if path.startswith("test_") and path.endswith(".py"):
            tests[f"{folder}/{path}"] = file
            steps += _steps(f"{folder}/{path}", file, problems)
    if not steps:
        message = "an exercise has a test_*.py with a test a step: add it"
        problems.append(Problem(folder, None, message))
    task = _text(folder, files, "README.md", problems)
    title = (task or "").partition("\n")[0].lstrip("# ").strip()
    if not title:
        message = "an exercise's README.md begins with `# Its title`: add it"
        problems.append(Problem(f"{folder}/README.md", None, message))
    solution = files.get("solution.patch")
    return Exercise(
        chapter=number,
        name=folder.rpartition("/")[2],
        folder=folder,
        title=title,
        task=task or "",
        hint=_text(folder, files, "hint.md", problems),
        solution=solution.data if solution else None,
        tests=tests,
        steps=tuple(steps),
    )


def _text(folder: str, files: Tree, name: str, problems: list[Problem]) -> str | None:
    if name not in files:
        return None
    try:
        return files[name].data.decode()
    except UnicodeDecodeError:
        problems.append(
            Problem(f"{folder}/{name}", None, "this is not UTF-8: save it so")
        )
        return None


def _steps(path: str, file: File, problems: list[Problem]) -> list[Step]:
    """Read the steps of a test file: each test, with its docstring's first line."""
    try:
        module = ast.parse(file.data)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        problems.append(Problem(path, line, f"this is no Python: {error}"))
        return []
    steps = []
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            words = (ast.get_docstring(node) or "").partition("\n")[0].strip()
            if not words:
                message = f"say in {node.name}'s docstring what the step asks for"
                problems.append(Problem(path, node.lineno, message))
            steps.append(Step(path, node.name, node.lineno, words))
    return steps
