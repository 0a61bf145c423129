"""A fetch never overwrites what the reader typed."""

from course.text.fetches import fetch_problems, typed_files
from course.text.parser import Block, Part
from course.tree import File

TARGET = {path: File(b"x") for path in ("apps/a.py", "apps/b.py", "run.py")}


def part(*blocks: tuple[str, str, str]) -> Part:
    made = [
        Block("a.md", 10 * line, 1, 1, kind, target, "x", {}, body)
        for line, (kind, target, body) in enumerate(blocks, start=1)
    ]
    return Part("a.md", 1, "x", (), tuple(made))


TYPED = ("new", "apps/a.py", "x\n")


def fetch(path: str) -> tuple[str, str, str]:
    return "console", "", f"$ git checkout chapter-1 -- {path}\n"


def told(*blocks: tuple[str, str, str], before: set[str] = frozenset()) -> list[int]:
    found = fetch_problems([part(*blocks)], before, TARGET)
    return [problem.line for problem in found]


def test_a_fetch_of_a_typed_file_is_told_by_file_or_by_folder() -> None:
    assert told(TYPED, fetch("apps/a.py")) == [20]
    assert told(TYPED, fetch("apps")) == [20]
    (problem,) = fetch_problems([part(TYPED, fetch("apps"))], (), TARGET)
    assert "overwrites what the reader typed: apps/a.py;" in problem.message


def test_a_file_that_an_earlier_chapter_had_typed_counts_too() -> None:
    earlier = typed_files([part(TYPED, ("try", "run.py", "-x\n+y\n"))])
    assert earlier == {"apps/a.py"}
    assert told(fetch("apps/a.py"), before=earlier) == [10]


def test_a_file_that_the_reader_removes_first_may_be_fetched() -> None:
    removed = "console", "", "$ rm apps/a.py\n"
    assert told(TYPED, removed, fetch("apps/a.py")) == []
    assert told(TYPED, removed, TYPED, fetch("apps/a.py")) == [40]


def test_a_fetch_of_anything_else_is_no_problem() -> None:
    assert told(fetch("apps/a.py"), TYPED, fetch("apps/b.py"), fetch("run.py")) == []
