"""Git as the tool reads it: found from anywhere, the same under any configuration."""

import os
from pathlib import Path

import pytest
from conftest import Sandbox

from course.errors import CourseError, UsageError
from course.git import command
from course.git.command import GitError, run_git
from course.git.repository import Repository
from course.tree import File, Tree


def test_repository_is_found_from_a_folder_below(course_repository: Sandbox) -> None:
    found = Repository.find(course_repository.root / "chapters")

    assert found.root == course_repository.root
    assert found.common == course_repository.root / ".git"


def test_linked_work_tree_shares_the_common_folder(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    course_repository.git("worktree", "add", "-q", "-b", "mine", str(tmp_path / "mine"))

    found = Repository.find(tmp_path / "mine")

    assert found.root == tmp_path / "mine"
    assert found.tool_folder == course_repository.root / ".git/course"
    assert found.branch() == "mine"


def test_outside_of_a_repository_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not in a git repository"):
        Repository.find(tmp_path)


def test_bare_repository_is_a_usage_error(repository: Sandbox, tmp_path: Path) -> None:
    repository.git("clone", "-q", "--bare", str(repository.root), str(tmp_path / "b"))

    with pytest.raises(UsageError, match="bare repository: clone it"):
        Repository.find(tmp_path / "b")


def test_missing_git_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UsageError, match="git is not installed"):
        Repository.find(tmp_path)


def test_deleted_current_folder_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    with pytest.raises(UsageError, match="no longer exists"):
        Repository.find()


def test_tree_has_every_kind_of_file_unchanged(
    course_repository: Sandbox, sample_course: Tree
) -> None:
    assert course_repository.repository.tree("HEAD") == sample_course


def test_tree_is_read_below_one_path(
    course_repository: Sandbox, sample_course: Tree
) -> None:
    found = course_repository.repository.tree("main", "chapters/01-first/")

    assert sorted(found) == sorted(p for p in sample_course if "/01-first/" in p)


def test_tree_has_names_that_are_no_utf8(repository: Sandbox) -> None:
    odd = os.fsdecode(b"caf\xe9 \n.txt")
    repository.commit({odd: "x"})

    assert repository.repository.tree("HEAD") == {odd: File(b"x")}
    assert repository.repository.work_tree() == {odd: File(b"x")}


def test_tree_of_an_unknown_commit_is_a_usage_error(repository: Sandbox) -> None:
    repository.commit()

    for ref in ("nowhere", "--help"):
        with pytest.raises(UsageError, match="there is no commit"):
            repository.repository.tree(ref)


def test_missing_object_is_one_clear_line(repository: Sandbox) -> None:
    with pytest.raises(CourseError, match="lacks the object 1111"):
        repository.repository.blobs(["1" * 40])


def test_replaced_objects_do_not_change_what_is_read(repository: Sandbox) -> None:
    old = repository.commit({"a": "old"})
    new = repository.commit({"a": "new"})
    repository.git("replace", old, new)

    assert repository.repository.tree(old) == {"a": File(b"old")}


def test_work_tree_is_read_as_it_is_on_disk(repository: Sandbox) -> None:
    repository.commit({"kept": "1", "gone": "1", ".gitignore": "ignored\n"})
    repository.write({"kept": "2", "new": "1", "ignored": "1"})
    (repository.root / "gone").unlink()

    found = repository.repository.work_tree()

    assert found == {
        "kept": File(b"2"),
        "new": File(b"1"),
        ".gitignore": File(b"ignored\n"),
    }


def test_hostile_configuration_changes_nothing_that_is_read(
    course_repository: Sandbox, sample_course: Tree, hostile_git: Path
) -> None:
    repository = course_repository.repository

    assert repository.tree("HEAD") == sample_course
    assert repository.work_tree() == sample_course
    assert not hostile_git.exists()


def test_resolve_gives_the_commit_or_none(repository: Sandbox) -> None:
    sha = repository.commit({"a": "1"})
    found = repository.repository

    assert found.resolve("HEAD") == found.resolve("main") == sha
    assert [found.resolve(ref) for ref in ("nope", "", "-q", "HEAD:a")] == [None] * 4


def test_detached_head_is_on_no_branch(course_repository: Sandbox) -> None:
    assert course_repository.repository.branch() == "main"
    course_repository.git("checkout", "-q", "--detach")
    assert course_repository.repository.branch() is None


def test_variables_of_another_repository_are_not_followed(
    course_repository: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))

    assert course_repository.repository.root == course_repository.root
    assert "GIT_DIR" not in command.environment()


def test_failure_of_git_is_its_own_line(course_repository: Sandbox) -> None:
    with pytest.raises(GitError, match=r"^git switch: invalid reference: nowhere$"):
        course_repository.repository.run("switch", "nowhere")


def test_the_empty_tree_has_the_name_that_the_repositorys_hash_gives(
    tmp_path: Path,
) -> None:
    for kind, size in (("sha1", 40), ("sha256", 64)):
        run_git(tmp_path, "init", "-q", f"--object-format={kind}", kind)
        assert len(Repository.find(tmp_path / kind).empty_tree()) == size
