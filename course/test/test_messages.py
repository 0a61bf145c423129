"""Messages name the tool as a reader calls it: `../.venv/bin/course`, not `course`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import course
from course.commands import COMMANDS

PACKAGE = Path(course.__file__).parent
BARE = re.compile(rf"\bcourse ({'|'.join(COMMANDS)})\b")
# What nobody is told to type here: a file that is the same in every folder, what the
# tool writes for programs, and what it calls itself.
OTHERS = {
    "source/checkpoint_readme.py",  # says itself that `course start` printed the call
    "branches/writing.py",  # the reason in git's own log
    "text/typist.py",  # `course compare` would not be silent
}


def messages(module: ast.Module) -> Iterator[ast.Constant]:
    """Yield the strings of a module that stand in its code, not those that explain."""
    alone = {node.value for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in alone
        ):
            yield node


def test_no_message_says_course_where_a_reader_would_have_to_type_its_path() -> None:
    bare = [
        f"{name}:{node.lineno}: {node.value}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if (name := path.relative_to(PACKAGE).as_posix()) not in OTHERS
        and not name.startswith("verify/")  # what authors are told, and reports
        for node in messages(ast.parse(path.read_text()))
        if BARE.search(str(node.value))
    ]
    assert bare == []
