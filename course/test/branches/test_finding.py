"""The course in a git repository: which ref holds it, and where its chapters are."""

from pathlib import Path

import pytest
from conftest import Sandbox

from course.branches.finding import chapter_tip, find_source_ref
from course.errors import UsageError


def test_source_is_main_then_its_remote_then_head(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    assert find_source_ref(course_repository.repository) == "refs/heads/main"
    clone = course_repository.clone(tmp_path / "clone")
    clone.git("checkout", "-q", "-b", "trunk")
    clone.git("branch", "-q", "-D", "main")
    assert find_source_ref(clone.repository) == "refs/remotes/origin/main"
    clone.git("remote", "remove", "origin")
    assert find_source_ref(clone.repository) == "HEAD"
    clone.git("checkout", "-q", "-b", "chapter-1")
    clone.git("rm", "-q", "chapters/course.toml")
    clone.git("commit", "-q", "-m", "A checkpoint")
    assert find_source_ref(clone.repository) == "refs/heads/trunk"


def test_main_without_the_course_is_not_the_source(repository: Sandbox) -> None:
    repository.commit({"other": "project"})
    repository.git("checkout", "-q", "-b", "course")
    repository.commit({"chapters/course.toml": ""})

    assert find_source_ref(repository.repository) == "HEAD"


def test_without_a_source_the_message_says_what_to_do(repository: Sandbox) -> None:
    with pytest.raises(UsageError, match="no commit yet"):
        find_source_ref(repository.repository)
    repository.commit({"other": "project"})
    with pytest.raises(UsageError, match="--from REF"):
        find_source_ref(repository.repository)


def test_chapter_is_the_branch_then_the_release_then_the_published_one(
    repository: Sandbox,
) -> None:
    shas = [repository.commit({"a": str(n)}) for n in range(3)]
    places = ["refs/remotes/origin/chapter-1", "refs/course/chapter-1"]
    assert chapter_tip(repository.repository, 1) is None
    for place, sha in zip([*places, "refs/heads/chapter-1"], shas, strict=True):
        repository.git("update-ref", place, sha)
        assert chapter_tip(repository.repository, 1) == sha
