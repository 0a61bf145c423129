"""Test that each step of the verification holds on a sound course, and can fail."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from course.run.interpreters import Interpreter
from course.verify.tasks import STEPS

TEST = "test/ch02_two/test_shout.py"
EXERCISE = "chapters/02-two/exercises/whisper"


@pytest.mark.parametrize("chapter", [1, 2])
@pytest.mark.parametrize("step", [step for step in STEPS if step != "knockout"])
def test_every_step_holds_on_a_sound_course(workshop, step: str, chapter: int) -> None:
    verdict = workshop.check(step, chapter)
    assert verdict.holds, verdict


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('+    "good day"', '+    "good night"', "`run.py` as typed differs"),
        ("HELLO", "HELL", "printed something else"),
        ("Fetch the rest.", "Fetch [the rest](gone.md).", "gone.md leads nowhere"),
    ],
)
def test_a_text_that_does_not_end_at_the_checkpoint_fails(
    workshop, old: str, new: str, says: str
) -> None:
    workshop.change("chapters/02-two/README.md", old, new)
    verdicts = workshop.all_of("text", 2)
    assert [verdict.holds for verdict in verdicts].count(False) == 1
    assert any(says in verdict.detail for verdict in verdicts), verdicts


def test_the_projects_own_readme_is_read_too(workshop) -> None:
    workshop.write("README.md", "# The course\n\n[Gone](gone.md)\n")
    typed, prose, own = workshop.all_of("text", 2)
    assert (typed.holds, prose.holds, own.holds) == (True, True, False)


def test_steps_without_an_object_hold_and_say_so(workshop) -> None:
    assert not workshop.check("migrate", 2).applies
    assert not workshop.check("exercises", 1).applies
    assert workshop.check("exercises", 2).applies


def test_weave_names_python_that_does_not_compile(workshop) -> None:
    workshop.change("serve.py", "def serve(", "def serve((")
    verdict = workshop.check("weave", 2)
    assert not verdict.holds
    assert "serve.py:18" in verdict.detail


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("from run import shout", "import os\n\nfrom run import shout", "F401"),
        ("port: int", "port:  int", "ruff format"),
        ("def serve(port", "def serve(port: int, port", "compileall"),
    ],
)
def test_lint_shows_what_each_program_says(
    workshop, old: str, new: str, says: str
) -> None:
    workshop.change("serve.py", old, new)
    verdict = workshop.check("lint", 2)
    assert not verdict.holds
    assert says in verdict.detail
    assert workshop.check("lint", 1).holds


def test_lint_reads_the_chapters_own_exercises(workshop) -> None:
    workshop.change(f"{EXERCISE}/test_whisper.py", "import run\n", "import run, os\n")
    assert not workshop.check("lint", 2).holds
    assert workshop.check("lint", 1).holds


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('shout() == "HELLO"', 'shout() == "HI"', "assert 'HELLO' == 'HI'"),
        (' assert shout() == "HELLO"', " __import__('pytest').skip('no')", "no"),
        ("from run import greet", "import gone\nfrom run import greet", "'gone'"),
    ],
)
def test_a_test_that_fails_or_is_skipped_fails_the_step(
    workshop, old: str, new: str, says: str
) -> None:
    workshop.change(TEST, old, new)
    verdict = workshop.check("test", 2)
    assert not verdict.holds
    assert says in verdict.detail


def test_no_test_at_all_fails_the_step(workshop) -> None:
    workshop.write("test/ch01_one/test_greet.py", '"""Nothing."""\n')
    verdict = workshop.check("test", 1)
    assert (verdict.holds, verdict.summary) == (False, "no test ran")


def test_tests_that_hang_are_ended(workshop, monkeypatch) -> None:
    monkeypatch.setattr("course.verify.checks.test.TESTS_TIMEOUT_SECONDS", 2.0)
    workshop.change(
        TEST, "assert shout()", "import time; time.sleep(60); assert shout()"
    )
    verdict = workshop.check("test", 2)
    assert (verdict.holds, verdict.summary) == (False, "took longer than 2 s")


def test_a_chapter_with_fewer_tests_than_the_one_before_fails(workshop) -> None:
    six = "".join(
        f"def test_{n}() -> None:\n    assert {n} >= 0\n\n\n" for n in range(6)
    )
    workshop.write("chapters/01-one/files/test/ch02_two/test_shout.py", six)
    verdict = workshop.check("test", 2)
    assert (verdict.holds, verdict.summary) == (False, "5 tests, 8 before")
    assert "keeps the tests of the one before" in verdict.detail


def test_another_python_runs_a_chapters_own_tests_and_all_of_the_last(
    workshop, monkeypatch
) -> None:
    three = "chapters/03-three"
    workshop.write(
        f"{three}/chapter.toml",
        'title = "Three"\nconcept = "x"\nshows = "x"\nminutes = [1]\nfiles = []\n',
    )
    workshop.write(f"{three}/README.md", "# Chapter 3: Three\n")
    workshop.write("test/ch03_three/test_three.py", "def test_three() -> None: ...\n")
    other = Interpreter(Path("/another/python"), "3.99.0")
    monkeypatch.setattr("course.verify.checkpoints.interpreter", lambda _: other)
    said = [workshop.check("test", n).summary for n in (1, 2, 3)]
    assert said == ["2 of its own passed", "3 of its own passed", "6 passed"]


@pytest.mark.parametrize(
    ("ours", "traced"), [(sys.version_info, True), ((3, 99, 0), False)]
)
def test_tests_are_traced_on_the_python_of_the_tool_alone(
    workshop, monkeypatch, ours: tuple[int, ...], traced: bool
) -> None:
    found = []

    def run_traced(folder: Path, python: Path, *_: object, run: Any) -> Any:
        found.append("traced")
        return run(folder, python), ""

    monkeypatch.setattr("course.verify.checks.test.run_traced", run_traced)
    name = SimpleNamespace(version_info=ours)
    monkeypatch.setattr("course.verify.checkpoints.sys", name)
    assert workshop.check("test", 2).summary == "5 passed"
    assert found == (["traced"] if traced else [])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("200", "201", "/ answers 200, not 201"),
        ('"run.py", "{port}"', '"run.py", "none"', "the server ended with 1"),
        ('"/other" = 404', '"/other" = 200', "/other answers 404, not 200"),
    ],
)
def test_a_server_that_does_not_answer_as_told_fails(
    workshop, old: str, new: str, says: str
) -> None:
    workshop.change("chapters/02-two/chapter.toml", old, new)
    verdict = workshop.check("start", 2)
    assert (verdict.holds, verdict.summary) == (False, says)


def test_a_server_that_never_answers_is_ended(workshop, monkeypatch) -> None:
    monkeypatch.setattr("course.verify.checks.start.TIMEOUT_SECONDS", 1.0)
    workshop.change(
        "serve.py", "    HTTPServer(", "    __import__('time').sleep(60)\n    ("
    )
    verdict = workshop.check("start", 2)
    assert (verdict.holds, verdict.summary) == (False, "/ does not answer within 1 s")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('prints = "hello"', 'prints = "bye"', "does not print bye"),
        ('"run.py"]', '"gone.py"]', "ended with 2"),
    ],
)
def test_a_program_that_does_not_print_as_told_fails(
    workshop, old: str, new: str, says: str
) -> None:
    workshop.change("chapters/01-one/chapter.toml", old, new)
    verdict = workshop.check("start", 1)
    assert (verdict.holds, verdict.summary) == (False, says)
    assert "hello" in verdict.detail or "gone.py" in verdict.detail


PASSES = (
    '"""Test the old."""\n\nfrom run import greet\n\n\ndef test_greets() -> None:\n'
)
PASSES += '    """It greets."""\n    assert greet() == "hello"\n'
EXCUSE = '[[passes_before]]\ntest = "{}"\nreason = "It guards what was."\n'


def test_a_test_file_that_passes_before_fails_unless_excused(workshop) -> None:
    workshop.write("test/ch02_two/test_old.py", PASSES)
    verdict = workshop.check("red", 2)
    assert not verdict.holds
    assert "test/ch02_two/test_old.py passes on chapter 1" in verdict.detail
    manifest = "chapters/02-two/chapter.toml"
    excuse = EXCUSE.format("test/ch02_two/test_old.py")
    workshop.change(manifest, "[start]", f"{excuse}[start]")
    verdict = workshop.check("red", 2)
    assert (verdict.holds, verdict.summary) == (True, "2 fail before, 1 excused")


def test_a_test_that_only_lacks_the_fixture_of_its_chapter_passes_before(
    workshop,
) -> None:
    fixture = "import pytest\n\n\n@pytest.fixture\ndef one() -> int:\n    return 1\n"
    workshop.write("test/ch02_two/conftest.py", fixture)
    test = "def test_one(one: int) -> None:\n    assert one == 1\n"
    workshop.write("test/ch02_two/test_old.py", test)
    verdict = workshop.check("red", 2)
    assert "test/ch02_two/test_old.py passes on chapter 1" in verdict.detail


@pytest.mark.parametrize(
    ("test", "says"),
    [
        (TEST, "fails on chapter 1: remove its excuse"),
        ("test/ch01_one/test_greet.py", "no test file that chapter 2 adds"),
    ],
)
def test_a_stale_excuse_for_a_test_fails(workshop, test: str, says: str) -> None:
    manifest = "chapters/02-two/chapter.toml"
    workshop.change(manifest, "[start]", f"{EXCUSE.format(test)}[start]")
    verdict = workshop.check("red", 2)
    assert not verdict.holds
    assert says in verdict.detail


def test_a_chapter_without_a_test_file_fails(workshop) -> None:
    del workshop.tree[TEST], workshop.tree["test/ch02_two/test_serve.py"]
    assert not workshop.check("red", 2).holds


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("test_whisper.py", "assert hasattr", "return\n    assert hasattr", "unsolved"),
        ("solution.patch", ".lower()", ".upper()", "solved, but not: `whisper()` says"),
        ("solution.patch", '    """Return a greeting, softer."""', "    x = 1", "F841"),
        ("solution.patch", "serve = 1", "", "hint.md is missing"),
        ("solution.patch", " if len", " if not len", "does not apply"),
    ],
)
def test_an_exercise_that_teaches_nothing_fails(
    workshop, name: str, old: str, new: str, says: str
) -> None:
    if new:
        workshop.change(f"{EXERCISE}/{name}", old, new)
    else:
        del workshop.tree[f"{EXERCISE}/hint.md"]
    verdict = workshop.check("exercises", 2)
    assert not verdict.holds
    assert says in verdict.detail


def test_a_solution_that_breaks_the_app_fails(workshop) -> None:
    workshop.change(
        f"{EXERCISE}/solution.patch",
        "@@ -18,6 +18,11 @@\n     return greet(number).upper()\n",
        "@@ -18,6 +18,11 @@\n-    return greet(number).upper()\n"
        "+    return greet(number).title()\n",
    )
    verdict = workshop.check("exercises", 2)
    assert not verdict.holds
    assert "solved, but a test fails" in verdict.detail
