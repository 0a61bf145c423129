"""Temporary folders of a run: gone after it, and never somebody else's."""

import os
import tempfile
from pathlib import Path

import pytest

from course.errors import CourseError
from course.run.scratch import remove, scratch


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a folder for temporary files of its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_is_gone_after_the_run_and_only_ours() -> None:
    with scratch("test") as work_folder:
        (work_folder / "file").touch()
        assert work_folder.parents[1].stat().st_mode & 0o777 == 0o700
    assert not work_folder.exists()


def test_two_runs_do_not_sweep_each_other() -> None:
    with scratch("test") as one, scratch("test") as two:
        assert one != two
        assert one.exists()


def test_what_another_run_has_removed_is_removed(tmp_path: Path) -> None:
    remove(tmp_path / "gone")


def test_a_folder_of_somebody_else_is_refused(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = os.getuid() + 1
    (temporary / f"course-test-{other}").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: other)
    with pytest.raises(CourseError, match="somebody else's"), scratch("test"):
        pass
