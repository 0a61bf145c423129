"""Published branches: every clone goes on from them, and nothing is ever forced."""

from pathlib import Path

import pytest
from branching import TEXT_2, branches, edit, heads, parents, published, statuses
from conftest import Sandbox

from course.branches.writing import publish, write_branches
from course.errors import CourseError, UsageError


def test_clone_starts_at_the_published_releases(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    author = published(course_repository, tmp_path)
    clone = course_repository.clone(tmp_path / "clone")

    branches(clone)

    assert heads(clone) == heads(author) == heads(course_repository)


def test_clones_of_the_same_published_line_release_the_same(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    author = published(course_repository, tmp_path)
    edit(author, TEXT_2, "A draft that is never published.\n")
    branches(author)
    edit(author, TEXT_2, "The last word.\n")
    author.git("push", "-q", "origin", "main")
    fresh = course_repository.clone(tmp_path / "fresh")

    branches(author)
    branches(fresh)

    assert heads(author) == heads(fresh)
    assert parents(fresh, "chapter-2") == [
        course_repository.sha("chapter-2"),
        course_repository.sha("chapter-1"),
    ]


def test_main_that_is_behind_finds_its_release_among_the_published(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    author = published(course_repository, tmp_path)
    first = heads(author)
    behind = course_repository.clone(tmp_path / "behind")
    edit(author, TEXT_2)
    write_branches(author.repository, "main", push="origin")
    behind.git("fetch", "-q", "origin")

    releases = branches(behind)

    assert heads(behind) == first
    assert [release.commit for release in releases] == first
    assert "origin has a newer chapter-2" in releases[1].message
    assert publish(behind.repository, "origin", releases) == ""
    assert heads(course_repository) == heads(author) != first


def test_branch_that_is_ahead_on_the_published_line_is_not_moved_back(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    author = published(course_repository, tmp_path)
    behind = course_repository.clone(tmp_path / "behind")
    edit(author, TEXT_2)
    write_branches(author.repository, "main", push="origin")
    behind.git("fetch", "-q", "origin")
    behind.git("checkout", "-q", "chapter-2")

    assert statuses(branches(behind)) == ["new", "unchanged", "new"]
    assert behind.sha("chapter-2") == author.sha("chapter-2")


def test_untouched_branch_moves_to_the_line_that_is_published_later(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    reader = course_repository.clone(tmp_path / "reader")
    edit(course_repository, TEXT_2)
    published(course_repository, tmp_path)
    branches(reader)
    unrelated = heads(reader)
    reader.git("pull", "-q", "--ff-only")

    releases = branches(reader)

    assert statuses(releases)[1:] == ["moved", "moved"]
    assert heads(reader) == heads(course_repository) != unrelated
    assert reader.refs("refs/course")["refs/course/chapter-2"] == releases[1].commit


def test_checked_out_branch_of_another_line_is_told_how_to_move(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    reader = course_repository.clone(tmp_path / "reader")
    edit(course_repository, TEXT_2)
    published(course_repository, tmp_path)
    branches(reader)
    reader.git("pull", "-q", "--ff-only")
    reader.git("checkout", "-q", "--no-guess", "chapter-2")

    second = branches(reader)[1]

    assert second.message.endswith("git reset --keep refs/course/chapter-2")
    reader.git("reset", "-q", "--keep", "refs/course/chapter-2")
    assert branches(reader)[1].status == "unchanged"


def test_push_publishes_every_chapter_and_then_nothing(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    author = published(course_repository, tmp_path)

    releases = branches(author)

    assert heads(course_repository) == heads(author)
    assert author.sha("refs/remotes/origin/chapter-3") == author.sha("chapter-3")
    assert publish(author.repository, "origin", releases) == ""
    edit(author, TEXT_2)
    again = publish(author.repository, "origin", branches(author))
    assert again == "chapter-2, chapter-3"


def test_a_second_push_to_a_remote_other_than_origin_says_nothing_new(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    author = published(course_repository, tmp_path)
    author.git("init", "-q", "--bare", str(tmp_path / "mirror.git"))
    author.git("remote", "add", "mirror", str(tmp_path / "mirror.git"))
    releases = branches(author)
    edit(author, TEXT_2)
    releases = branches(author)
    assert publish(author.repository, "mirror", releases) == "chapter-2, chapter-3"
    assert publish(author.repository, "mirror", releases) == ""


def test_push_publishes_the_release_not_the_authors_own_commits(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    author = course_repository.clone(tmp_path / "author")
    branches(author)
    author.git("checkout", "-q", "chapter-2")
    author.commit({"mine.py": "mine = True\n"})

    releases = write_branches(author.repository, "main", push="origin")

    assert course_repository.sha("chapter-2") == releases[1].commit


def test_push_is_never_forced_and_says_which_chapter_was_refused(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    published(course_repository, tmp_path)
    late = course_repository.clone(tmp_path / "late")
    other = course_repository.clone(tmp_path / "other")
    for place, text in ((other, "One.\n"), (late, "Two.\n")):
        edit(place, "chapters/03-third/README.md", text)
    write_branches(other.repository, "main", push="origin")
    before = heads(course_repository)

    with pytest.raises(CourseError) as caught:
        write_branches(late.repository, "main", push="origin")

    assert heads(course_repository) == before
    assert "origin refused chapter-3 [rejected]" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "chapter-2" not in str(caught.value)


def test_push_from_a_cut_history_is_refused(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    published(course_repository, tmp_path)
    options = ("--depth=1", "--no-single-branch")
    shallow = course_repository.clone(tmp_path / "shallow", *options)
    edit(shallow, TEXT_2)

    with pytest.raises(UsageError, match="git fetch --unshallow"):
        write_branches(shallow.repository, "main", push="origin")


def test_unknown_remote_is_one_line(course_repository: Sandbox) -> None:
    with pytest.raises(CourseError, match="'nowhere' does not appear to be a git"):
        write_branches(course_repository.repository, "main", push="nowhere")
    with pytest.raises(UsageError, match="is no remote"):
        write_branches(course_repository.repository, "main", push="--force")
