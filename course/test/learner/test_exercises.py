"""Test the exercises: read, judged step by step, solved by their patch."""

import sys
from pathlib import Path

import pytest

from course.errors import CourseError, SourceError
from course.learner.exercises import StepResult, apply_solution, check, read_exercises
from course.source.manifest import Chapter
from course.tree import File, write_folder

CHAPTER = Chapter(2, "second", "chapters/02-second", "Two", "two", "two", (10,))
FOLDER = "chapters/02-second/exercises/louder"
PYTHON = Path(sys.executable)
TEST = '''"""Judge the exercise."""

import pytest


def test_hello() -> None:
    """`hello()` says hello."""
    from run import hello

    assert hello().lower() == "hello"


def test_shout() -> None:
    """`hello()` says it in capitals."""
    from run import hello

    assert hello() == "HELLO", "it is not loud"


@pytest.mark.parametrize("times", [1, 2])
def test_twice(times: int) -> None:
    """`hello(2)` says it twice.

    More words, for nobody.
    """
    from run import hello

    assert hello(times).count("!") == times
'''
SOLUTION = """--- a/run.py
+++ b/run.py
@@ -1,2 +1,2 @@
-def hello(times=1):
-    return "hello!"
+def hello(times=0):
+    return "HELLO" + "!" * times
"""


@pytest.fixture
def tree() -> dict[str, File]:
    """Build a checkpoint with one exercise."""
    texts = {
        "run.py": 'def hello(times=1):\n    return "hello!"\n',
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n'
        'addopts = ["--import-mode=importlib", "-p", "no:hypothesispytest"]\n',
        f"{FOLDER}/README.md": "# Louder\n\nMake it louder.\n",
        f"{FOLDER}/test_louder.py": TEST,
        f"{FOLDER}/hint.md": "Turn it up.\n",
        f"{FOLDER}/solution.patch": SOLUTION,
        "chapters/02-second/exercises/other.txt": "no exercise",
        "chapters/02-second/README.md": "# Two\n",
    }
    return {path: File(text.encode()) for path, text in texts.items()}


def test_an_exercise_is_read_whole(tree: dict[str, File]) -> None:
    (louder,) = read_exercises(tree, CHAPTER)
    assert (louder.chapter, louder.name, louder.folder) == (2, "louder", FOLDER)
    assert (louder.title, louder.hint) == ("Louder", "Turn it up.\n")
    assert louder.solution == SOLUTION.encode()
    assert list(louder.tests) == [f"{FOLDER}/test_louder.py"]
    assert [step.sentence for step in louder.steps] == [
        "`hello()` says hello.",
        "`hello()` says it in capitals.",
        "`hello(2)` says it twice.",
    ]


def test_on_a_checkpoint_hint_and_solution_are_missing(tree: dict[str, File]) -> None:
    del tree[f"{FOLDER}/hint.md"], tree[f"{FOLDER}/solution.patch"]
    (louder,) = read_exercises(tree, CHAPTER)
    assert louder.hint is None
    assert louder.solution is None


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("test_louder.py", "def test_x() -> None: ...\n", ":1: say in test_x's"),
        ("test_louder.py", "def test_x(:\n", ":1: this is no Python"),
        ("test_louder.py", "x = 1\n", "has a test_*.py with a test a step"),
        ("README.md", "", "begins with `# Its title`"),
        ("hint.md", b"\xff", "not UTF-8"),
    ],
)
def test_a_fault_is_named(
    tree: dict[str, File], path: str, text: str | bytes, message: str
) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    tree[f"{FOLDER}/{path}"] = File(data)
    with pytest.raises(SourceError) as caught:
        read_exercises(tree, CHAPTER)
    assert message in str(caught.value)
    assert FOLDER in str(caught.value)


def test_each_step_is_judged_in_plain_words(
    tree: dict[str, File], tmp_path: Path
) -> None:
    write_folder(tree, tmp_path)
    (louder,) = read_exercises(tree, CHAPTER)
    hello, shout, twice = check(louder, tmp_path, PYTHON)
    assert not hello.holds
    assert not twice.holds
    assert shout == StepResult(
        "`hello()` says it in capitals.", False, "it is not loud"
    )
    (tmp_path / "run.py").write_text('def hello(times=1):\n    return "Hello"\n')
    assert [step.holds for step in check(louder, tmp_path, PYTHON)] == [
        True,
        False,
        False,
    ]


def test_the_solution_makes_every_step_hold(
    tree: dict[str, File], tmp_path: Path
) -> None:
    write_folder(tree, tmp_path)
    (louder,) = read_exercises(tree, CHAPTER)
    apply_solution(louder, tmp_path)
    results = check(louder, tmp_path, PYTHON)
    assert [result.holds for result in results] == [True, True, True], results


def test_a_solution_that_does_not_apply_is_named(
    tree: dict[str, File], tmp_path: Path
) -> None:
    tree["run.py"] = File(b"other = 1\n")
    write_folder(tree, tmp_path)
    (louder,) = read_exercises(tree, CHAPTER)
    with pytest.raises(CourseError, match=r"solution\.patch does not apply"):
        apply_solution(louder, tmp_path)
    assert (tmp_path / "run.py").read_bytes() == b"other = 1\n"


def test_an_attempt_that_cannot_be_imported_holds_no_step(
    tree: dict[str, File], tmp_path: Path
) -> None:
    tree[f"{FOLDER}/test_louder.py"] = File(
        TEST.replace("import pytest", "import gone").encode()
    )
    write_folder(tree, tmp_path)
    (louder,) = read_exercises(tree, CHAPTER)
    results = check(louder, tmp_path, PYTHON)
    assert {(result.holds, result.why) for result in results} == {
        (False, "ModuleNotFoundError: No module named 'gone'")
    }


def test_missing_tests_are_named(tree: dict[str, File], tmp_path: Path) -> None:
    (louder,) = read_exercises(tree, CHAPTER)
    with pytest.raises(CourseError, match=r"test_louder\.py is missing"):
        check(louder, tmp_path, PYTHON)
