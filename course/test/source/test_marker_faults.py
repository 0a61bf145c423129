"""Faults of the marker grammar: each is told with its line and what to do."""

import pytest

from course.errors import Problem
from course.source.markers import Parser, Span
from course.source.syntax import syntax_of


def faults(text: str, path: str = "x.py") -> list[Problem]:
    """Return what is wrong with a file of chapter 1 in a course of five."""
    syntax = syntax_of(path, text.encode())
    assert syntax is not None
    parser = Parser(path, syntax, Span(1), 5)
    parser.parse(text)
    return parser.problems


FAULTS = [
    (
        "# region chapter 2: x\na\n",
        1,
        "region `x` is never closed: write `# endregion x`",
    ),
    ("a\n# endregion x\n", 2, "`endregion x` closes nothing: remove it"),
    (
        "a\n# region chapter 2: x\nb\n# endregion y\n# endregion x\n",
        4,
        "`endregion y` where `x` of line 2 is open: close that first",
    ),
    (
        "a\n# region chapter 2: x\n# region chapter 3: y\nb\n# endregion x\n",
        5,
        "`endregion x` where `y` of line 3 is open: close that first",
    ),
    (
        "# region chapter 2: x\na\n# endregion x\n"
        "# region chapter 3: x\nb\n# endregion x\n",
        4,
        "region `x` stands at line 1 too: rename",
    ),
    ("a\nb  # chapter 9\n", 2, "there is no chapter 9: the course has 1 to 5"),
    ("a\nb  # chapter 0\n", 2, "there is no chapter 0: the course has 1 to 5"),
    (
        "# region chapter 6: x\na\n# endregion x\n",
        1,
        "there is no chapter 6: the course has 1 to 5",
    ),
    (
        "# region chapter 2 until 6: x\n# | a\n# endregion x\n",
        1,
        "there is no chapter 6: the course has 1 to 5",
    ),
    (
        "# region chapter 3 until 3: x\n# | a\n# endregion x\n",
        1,
        "`until 3` must name a chapter after 3",
    ),
    (
        "# Region chapter 3\n",
        1,
        "is nearly a marker: write `# region chapter 3: name` or",
    ),
    ("#region chapter 3: x\n", 1, "is nearly a marker"),
    ("# region chapter 3 : x\n", 1, "is nearly a marker"),
    ("# region chapter 3: two words\n", 1, "is nearly a marker"),
    ("# region chapter 3\n", 1, "is nearly a marker"),
    ("# region chapter three: x\n", 1, "is nearly a marker"),
    ("# region main\n", 1, "is nearly a marker"),
    ("# region 3: x\n", 1, "is nearly a marker"),
    ("# endregion\n", 1, "is nearly a marker"),
    ("# end region x\n", 1, "is nearly a marker"),
    ("## endregion x\n", 1, "is nearly a marker"),
    (
        "# chapter 3\n",
        1,
        "`# chapter 3` on a line of its own marks nothing: write it at",
    ),
    ("# Chapter 3: redis\n", 1, "on a line of its own marks nothing"),
    ("#chapter 3\n", 1, "on a line of its own marks nothing"),
    ("a  #chapter 3\n", 1, "is nearly a marker: write two spaces and `# chapter 3`"),
    ("a# chapter 3\n", 1, "is nearly a marker"),
    ("a  # Chapter 3\n", 1, "is nearly a marker"),
    ("a  # chapter: 3\n", 1, "is nearly a marker"),
    ("a  # chapter  3\n", 1, "is nearly a marker"),
    ("a  # chapter 3.\n", 1, "is nearly a marker"),
    ("a  # chapter3\n", 1, "is nearly a marker"),
    ("a  # chapter 3 until 4\n", 1, "is nearly a marker"),
    ("a  # chapter four\n", 1, "is nearly a marker"),
    ("a  # Chapter: Two\n", 1, "is nearly a marker"),
    ("# chapter four\n", 1, "on a line of its own marks nothing"),
    ("a  # chapter 3  # noqa\n", 1, "the marker comes last: write `# chapter 3` at"),
    ("a\n)  # chapter 3\n", 2, "a marker on a closing bracket would leave"),
    ("a\n}, 3)  # chapter 3\n", 2, "a marker on a closing bracket"),
    ("call(  # chapter 3\n", 1, "a marker is for its line only, not for what begins"),
    ("if a:  # chapter 3\n", 1, "a marker is for its line only"),
    ("a = [  # chapter 3\n", 1, "a marker is for its line only"),
    ("a  # chapter 1\n", 1, "repeats the chapter of its file: remove the marker"),
    (
        "# region chapter 1: x\na\n# endregion x\n",
        1,
        "repeats the chapter of its file: remove the marker",
    ),
    (
        "# region chapter 3: x\na  # chapter 3\n# endregion x\n",
        2,
        "repeats the chapter of region `x` of line 1: remove the marker",
    ),
    (
        "# region chapter 3: x\na  # chapter 2\n# endregion x\n",
        2,
        "chapter 2 is before region `x` of line 1 begins, in chapter 3: move one",
    ),
    (
        "# region chapter 2 until 4: x\n# region chapter 3 until 5: y\n# | a\n"
        "# endregion y\n# endregion x\n",
        2,
        "goes on after region `x` of line 1 ends, in chapter 4: end it there",
    ),
    (
        "# region chapter 2 until 4: x\n# region chapter 5: y\n# | a\n"
        "# endregion y\n# endregion x\n",
        2,
        "is never seen: region `x` of line 1 has ended in chapter 4: remove it",
    ),
    (
        "# region main: x\n# region chapter 3: y\na\n# endregion y\n# endregion x\n",
        2,
        "lies in a region that no checkpoint gets: remove it",
    ),
    (
        "# region main: x\n# region main: y\na\n# endregion y\n# endregion x\n",
        2,
        "lies in a region that no checkpoint gets: remove it",
    ),
    (
        "# region chapter 2 until 4: x\na\n# endregion x\n",
        2,
        "is replaced later, so it is kept as `# | ...`: write it so",
    ),
    (
        "# region chapter 2 until 4: x\n# | a  # chapter 3\n# endregion x\n",
        2,
        "a line that is kept for later has no marker: remove it",
    ),
    (
        "# region chapter 2 until 4: x\n# | # region chapter 3: y\n# endregion x\n",
        2,
        "a marker is not kept for later: write it without the `|`",
    ),
    (
        "# region chapter 2: x\nfrom a import b\n# endregion x\n",
        2,
        "isort moves a region's comments away from a top-level import: end each import",
    ),
]


@pytest.mark.parametrize(("text", "line", "message"), FAULTS)
def test_fault_is_told_with_its_line(text: str, line: int, message: str) -> None:
    problems = faults(text)
    assert problems, "no fault was found"
    assert (problems[0].path, problems[0].line) == ("x.py", line)
    assert message in problems[0].message
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".env", "KEY=1  # chapter 3"),
        ("uwsgi.ini", "a = b  # chapter 3"),
        ("setup.cfg", "a = b  ; chapter 3"),
        ("Dockerfile", "ENV A=1  # chapter 3"),
        ("Makefile", "A := 1  # chapter 3"),
        (".gitignore", "instance/  # chapter 3"),
    ],
)
def test_trailing_marker_is_refused_where_it_is_part_of_a_value(
    path: str, line: str
) -> None:
    problems = faults(f"first\n{line}\n", path)
    assert [(p.line, p.message) for p in problems] == [
        (2, "a comment behind a value is part of it here: use a region")
    ]


def test_all_faults_are_found_at_once() -> None:
    text = "a  #chapter 3\n# endregion x\nb  # chapter 7\n# region chapter 2: y\n"
    assert [problem.line for problem in faults(text)] == [1, 2, 3, 4]


@pytest.mark.parametrize("form", ["a  # chapter {}\n", "# region chapter {}: x\na\n"])
def test_a_number_of_absurd_length_is_told_as_a_fault(form: str) -> None:
    assert [problem.line for problem in faults(form.format("9" * 5000))] == [1]
