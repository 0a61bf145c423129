"""How the app's lines reach the reader: typed, shown once more, or given."""

import pytest

from course.text.parser import Block
from course.text.shares import Shares, shares
from course.tree import File

AFTER = {
    "apps/typed.py": "a = 1\n\nb = 2\n",
    "apps/given.py": "one\ntwo\nthree\nfour\n",
    "apps/templates/page.html": "<p>\n",
    "apps/static/page.css": "p {}\n",
    "migrations/env.py": "x\n",
    "test/test_a.py": "x\n",
}


def tree(**files: str) -> dict[str, File]:
    return {path: File(text.encode()) for path, text in (AFTER | files).items()}


def block(kind: str, target: str, body: str) -> Block:
    return Block("README.md", 1, 1, 1, kind, target, "x", {}, body)


FETCH = block("console", "", "$ git checkout chapter-1 -- apps/given.py\n")


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([], Shares(7, 0, 0)),
        ([block("new", "apps/typed.py", AFTER["apps/typed.py"])], Shares(7, 2, 2)),
        ([FETCH], Shares(7, 0, 0)),
        ([FETCH, block("once", "apps/given.py", "one\n...\nfour\n")], Shares(7, 0, 2)),
        (
            [
                block("new", "apps/typed.py", "a = 0\n"),
                block("changed", "apps/typed.py", "-a = 0\n+a = 1\n"),
                block("continued", "apps/typed.py", "b = 2\n"),
                block("try", "apps/typed.py", "-a = 1\n+a = 3\n"),
                block("once", "apps/typed.py", "a = 1\n"),
            ],
            Shares(7, 2, 2),
        ),
    ],
)
def test_each_line_counts_once_by_how_it_came(blocks, expected) -> None:
    assert shares({}, tree(), blocks) == expected


def test_what_a_fetch_brings_over_typed_lines_is_given_but_for_what_is_equal() -> None:
    typed = block("new", "apps/given.py", "one\n2\n")
    assert shares({}, tree(), [typed, FETCH]) == Shares(7, 1, 1)


def test_only_what_the_chapter_adds_counts() -> None:
    before = tree(**{"apps/given.py": "one\ntwo\n"})
    changed = block("changed", "apps/given.py", " two\n+three\n+four\n")
    assert shares(before, tree(), [changed]) == Shares(2, 2, 2)
    assert shares(tree(), tree(), []) == Shares(0, 0, 0)
    assert Shares(0, 0, 0).typed_share == 1.0
