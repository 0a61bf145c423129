"""What git holds can be checked out on every disk that a reader may have."""

from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

from course.errors import UsageError
from course.git.repository import Repository

ROOT = Path(__file__).resolve().parents[2]


def test_no_two_names_differ_only_by_case() -> None:
    """macOS and Windows keep one file of `Note.py` and `note.py`."""
    try:
        paths = Repository.find(ROOT).work_tree()
    except UsageError:
        pytest.skip("this is no clone")
    every = {one for path in paths for one in (path, *_folders(path))}
    assert [name for name, count in _folded(every).items() if count > 1] == []
    assert _folded({"a/Note.py", "a/note.py"}) == {"a/note.py": 2}


def _folders(path: str) -> list[str]:
    return [str(one) for one in PurePosixPath(path).parents][:-1]


def _folded(names: set[str]) -> Counter[str]:
    return Counter(name.casefold() for name in names)
