"""The tool's rooms: each imports only what lies below it, and never in a circle.

The order, from below: the modules that everybody may use (errors, tree, locks,
terminal); git/ and source/, which do not know each other; run/; branches/; text/;
learner/; verify/; commands/; and the command line. An import inside of a function
counts as much as one at the head of a file.
"""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import course

PACKAGE = Path(course.__file__).parent
RANKS = {
    "errors": 0,
    "locks": 0,
    "terminal": 0,
    "tree": 0,
    "git": 1,
    "source": 1,
    "run": 2,
    "branches": 3,
    "text": 4,
    "learner": 5,
    "verify": 6,
    "commands": 7,
    "cli": 8,
    "__main__": 9,
}


def imports(source: str) -> Iterator[str]:
    """Name all that a file imports, each thing by its full dotted name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Map each module of the tool to the modules of the tool that it imports."""
    names = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): source
        for path, source in sources.items()
    }
    found: dict[str, set[str]] = {}
    for name, source in names.items():
        found[name] = set()
        for imported in imports(source):
            inside = imported.removeprefix("course.")
            for candidate in (inside, inside.rpartition(".")[0]):
                if inside != imported and candidate in names:
                    found[name].add(candidate)
                    break
    return found


def faults(sources: Mapping[str, str]) -> list[str]:
    """List the imports that lead upwards or sideways, and a circle if there is one."""
    known = modules(sources)
    found = []
    for module, targets in known.items():
        room = module.split(".")[0]
        for target in sorted(targets):
            other = target.split(".")[0]
            if other != room and RANKS[other] >= RANKS[room] > 0:
                found.append(f"{module} imports {target}, which does not lie below it")
            if other != room and RANKS[room] == 0 and RANKS[other] > 0:
                found.append(f"{module} imports {target}, which lies above it")
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        found.append(f"imports run in a circle: {' -> '.join(error.args[1])}")
    return found


def test_the_tools_rooms_import_only_what_lies_below_them() -> None:
    sources = {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "__init__.py"
    }
    assert len(sources) > 50
    assert faults(sources) == []


def test_git_knows_nothing_of_the_course() -> None:
    for path in (PACKAGE / "git").glob("*.py"):
        for name in imports(path.read_text(encoding="utf-8")):
            room = name.removeprefix("course.").split(".")[0]
            known = {"git", "errors", "tree", "locks"}
            assert not name.startswith("course.") or room in known


def test_a_check_is_a_module_named_as_its_step() -> None:
    from course.verify.tasks import STEPS

    checks = {path.stem for path in (PACKAGE / "verify/checks").glob("[!_]*.py")}
    assert set(STEPS) <= checks


GOOD = {
    "errors.py": "import sys",
    "tree.py": "from course.errors import CourseError",
    "git/repository.py": "from course.tree import File",
    "source/weave.py": "from course.tree import File",
    "text/typist.py": "from course.git.repository import Repository",
    "verify/tasks.py": "from course.text import typist",
    "commands/verify.py": "from course.verify.tasks import verify",
    "cli.py": "import importlib",
}


def test_imports_that_lead_downwards_are_no_fault() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("git/repository.py", "from course.source.weave import Source"),
        ("git/repository.py", "def later():\n    from course.source import weave"),
        ("source/weave.py", "import course.git.repository"),
        ("text/typist.py", "from course.cli import command"),
        ("text/typist.py", "from course.verify.tasks import STEPS"),
        ("verify/tasks.py", "from course.commands import verify"),
        ("commands/verify.py", "from course import cli"),
        ("errors.py", "from course.tree import File"),
        ("errors.py", "from course.git.repository import Repository"),
    ],
)
def test_an_import_that_leads_upwards_is_found(path: str, line: str) -> None:
    assert faults(GOOD | {path: f"{GOOD[path]}\n{line}"}) != []
