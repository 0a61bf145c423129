"""Branches that somebody uses: none is moved under a reader, no commit is lost."""

import subprocess
from pathlib import Path

from branching import (
    TEXT_2,
    branches,
    edit,
    heads,
    parents,
    published,
    snapshot,
    statuses,
)
from conftest import Sandbox


def test_detached_head_is_not_moved(course_repository: Sandbox) -> None:
    course_repository.git("checkout", "-q", "--detach")
    before = snapshot(course_repository)

    assert statuses(branches(course_repository)) == ["new"] * 3
    assert snapshot(course_repository) == before


def test_shallow_clone_gets_the_same_branches(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    edit(course_repository, TEXT_2)
    branches(course_repository)
    shallow = course_repository.clone(tmp_path / "shallow", "--depth=1")

    branches(shallow)

    assert heads(shallow) == heads(course_repository)


def test_shallow_clone_with_published_chapters_agrees(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    published(course_repository, tmp_path)
    edit(course_repository, "chapters/01-first/README.md")
    full = course_repository.clone(tmp_path / "full")
    options = ("--depth=1", "--no-single-branch")
    shallow = course_repository.clone(tmp_path / "shallow", *options)

    branches(full)
    branches(shallow)

    assert heads(shallow) == heads(full)
    assert shallow.git("fsck", "--strict") == ""


def test_linked_work_tree_writes_the_same_branches(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    course_repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "mine"))
    linked = Sandbox(tmp_path / "mine")
    before = snapshot(linked), snapshot(course_repository)

    branches(linked)

    assert heads(course_repository) == heads(linked) != ["", "", ""]
    assert (snapshot(linked), snapshot(course_repository)) == before


def test_foreign_commits_are_left_alone_and_the_release_is_kept_beside(
    course_repository: Sandbox,
) -> None:
    branches(course_repository)
    course_repository.git("checkout", "-q", "chapter-2")
    mine = course_repository.commit({"mine.py": "mine = True\n"})
    course_repository.git("checkout", "-q", "main")
    edit(course_repository, TEXT_2)

    _, second, third = branches(course_repository)

    assert course_repository.sha("chapter-2") == mine
    assert second.status == "kept beside"
    assert "git merge refs/course/chapter-2" in second.message
    assert course_repository.sha("refs/course/chapter-2") == second.commit
    assert parents(course_repository, "chapter-3")[1] == second.commit
    assert third.status == "new"


def test_release_that_was_merged_is_not_offered_again(
    course_repository: Sandbox,
) -> None:
    branches(course_repository)
    course_repository.git("checkout", "-q", "chapter-2")
    course_repository.commit({"mine.py": "mine = True\n"})
    course_repository.git("checkout", "-q", "main")
    edit(course_repository, TEXT_2)
    branches(course_repository)
    course_repository.git("checkout", "-q", "chapter-2")
    course_repository.git("merge", "-q", "--no-edit", "refs/course/chapter-2")

    second = branches(course_repository)[1]

    assert second.status == "kept beside"
    assert "merge" not in second.message


def test_amended_release_is_somebodys_own(course_repository: Sandbox) -> None:
    branches(course_repository)
    course_repository.git("checkout", "-q", "chapter-2")
    course_repository.git("commit", "-q", "--amend", "--no-edit", "--allow-empty")
    mine = course_repository.sha("HEAD")
    course_repository.git("checkout", "-q", "main")

    assert branches(course_repository)[1].status == "kept beside"
    assert course_repository.sha("chapter-2") == mine


def test_branch_of_that_name_with_another_history_is_left_alone(
    course_repository: Sandbox,
) -> None:
    course_repository.git("branch", "chapter-1", "main")
    main = course_repository.sha("main")

    first, second, _ = branches(course_repository)

    assert (first.status, second.status) == ("kept beside", "new")
    assert course_repository.sha("chapter-1") == main
    assert parents(course_repository, "chapter-2") == [first.commit]


def test_checked_out_branch_is_not_moved_and_the_line_says_what_to_do(
    course_repository: Sandbox,
) -> None:
    branches(course_repository)
    edit(course_repository, TEXT_2)
    course_repository.git("checkout", "-q", "chapter-2")
    old, before = course_repository.sha("chapter-2"), snapshot(course_repository)

    second = branches(course_repository)[1]

    assert second.status == "checked out"
    assert course_repository.sha("chapter-2") == old
    assert snapshot(course_repository) == before
    command = second.message.partition("to move it: ")[2]
    assert command == "git merge --ff-only refs/course/chapter-2"
    course_repository.git(*command.split()[1:])
    assert branches(course_repository)[1].status == "unchanged"


def test_branch_checked_out_in_a_linked_work_tree_is_not_moved(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    branches(course_repository)
    place = tmp_path / "my tree"
    course_repository.git("worktree", "add", "-q", str(place), "chapter-2")
    edit(course_repository, TEXT_2)

    second = branches(course_repository)[1]

    assert second.status == "checked out"
    command = f"git -C '{place}' merge --ff-only refs/course/chapter-2"
    assert second.message.endswith(command)
    subprocess.run(command, shell=True, check=True, capture_output=True)  # noqa: S602
    assert branches(course_repository)[1].status == "unchanged"


def test_locked_work_tree_on_a_disk_that_is_away_holds_its_branch(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    branches(course_repository)
    place = tmp_path / "disk"
    course_repository.git("worktree", "add", "-q", str(place), "chapter-2")
    course_repository.git("worktree", "lock", str(place))
    place.rename(tmp_path / "away")
    edit(course_repository, TEXT_2)

    assert branches(course_repository)[1].status == "checked out"


def test_deleted_linked_work_tree_does_not_hold_its_branch(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    branches(course_repository)
    place = tmp_path / "mine"
    course_repository.git("worktree", "add", "-q", str(place), "chapter-2")
    subprocess.run(["rm", "-r", str(place)], check=True)
    edit(course_repository, TEXT_2)

    assert branches(course_repository)[1].status == "new"


def test_branch_in_a_rebase_is_not_moved(course_repository: Sandbox) -> None:
    branches(course_repository)
    edit(course_repository, TEXT_2)
    course_repository.git("checkout", "-q", "chapter-2")
    course_repository.git("rebase", "--exec=false", "--root", check=False)
    assert course_repository.repository.branch() is None
    old = course_repository.sha("chapter-2")

    assert branches(course_repository, "main")[1].status == "checked out"
    assert course_repository.sha("chapter-2") == old


def test_unborn_chapter_branch_is_not_born_under_the_reader(
    course_repository: Sandbox,
) -> None:
    course_repository.git("checkout", "-q", "--orphan", "chapter-1")

    first = branches(course_repository, "main")[0]

    assert first.status == "checked out"
    assert course_repository.sha("chapter-1") == ""
