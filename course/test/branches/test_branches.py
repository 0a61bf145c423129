"""The chapter branches: append-only, the same in every clone, nobody's work moved."""

import subprocess
import time
from pathlib import Path

import pytest
from branching import (
    TEXT_2,
    branches,
    edit,
    heads,
    parents,
    snapshot,
    statuses,
)
from conftest import Sandbox, make_course

from course.branches.writing import Release, write_checkpoints
from course.errors import CourseError, UsageError
from course.git.objects import Commit, ObjectHasher
from course.git.repository import Repository
from course.source.checkpoint_readme import begin
from course.source.weave import Source
from course.tree import EXECUTABLE, SYMLINK, File, Tree


def test_branches_hold_the_woven_chapters(course_repository: Sandbox) -> None:
    releases = branches(course_repository)

    source = Source.read(make_course())
    assert statuses(releases) == ["new", "new", "new"]
    for n in (1, 2, 3):
        assert course_repository.repository.tree(f"chapter-{n}") == source.weave(n)
    assert course_repository.git("fsck", "--strict") == ""


def test_first_releases_are_a_line_from_a_root(course_repository: Sandbox) -> None:
    branches(course_repository)

    first, second, _ = heads(course_repository)
    assert parents(course_repository, "chapter-1") == []
    assert parents(course_repository, "chapter-2") == [first]
    assert parents(course_repository, "chapter-3") == [second]


def test_same_source_gives_the_same_commits_anywhere(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    branches(course_repository)
    time.sleep(1.1)  # a clock that leaked into a commit would show
    clone = course_repository.clone(tmp_path / "clone", "--single-branch")

    assert clone.course("branches").returncode == 0

    assert heads(clone) == heads(course_repository)


def test_name_of_a_commit_is_the_same_on_every_machine() -> None:
    hasher = ObjectHasher("")
    entries = hasher.entries({"a/b": File(b"1\n"), "a.c": File(b"2\n", EXECUTABLE)})

    commit = Commit.make(hasher, entries, [], "Chapter 1: café\n")

    assert commit.sha == "76bc069a4b533ab71c92f12299a8213f36ea55fa"


def test_second_run_changes_nothing(course_repository: Sandbox) -> None:
    branches(course_repository)
    before = course_repository.refs("refs")

    assert statuses(branches(course_repository)) == ["unchanged"] * 3
    assert course_repository.refs("refs") == before


def test_new_release_has_the_last_one_and_the_new_chapter_before_as_parents(
    course_repository: Sandbox,
) -> None:
    branches(course_repository)
    old = heads(course_repository)
    edit(course_repository, "chapters/01-first/README.md")

    branches(course_repository)

    new = heads(course_repository)
    assert parents(course_repository, "chapter-1") == [old[0]]
    assert parents(course_repository, "chapter-2") == [old[1], new[0]]
    assert parents(course_repository, "chapter-3") == [old[2], new[1]]


def test_chapter_that_did_not_change_has_no_new_release(
    course_repository: Sandbox,
) -> None:
    branches(course_repository)
    old = heads(course_repository)
    edit(course_repository, TEXT_2)

    releases = branches(course_repository)

    assert statuses(releases) == ["unchanged", "new", "new"]
    assert heads(course_repository)[0] == old[0]
    assert parents(course_repository, "chapter-2") == [old[1], old[0]]


def test_change_of_main_only_files_releases_nothing(course_repository: Sandbox) -> None:
    branches(course_repository)
    edit(course_repository, "course/tool.py")

    assert statuses(branches(course_repository)) == ["unchanged"] * 3


def test_diff_of_two_branches_is_a_chapter(course_repository: Sandbox) -> None:
    branches(course_repository)

    changed = course_repository.git("diff", "--name-only", "chapter-1", "chapter-2")

    assert "test/ch02_second/test_second.py" in changed.splitlines()
    assert "static/a picture.png" not in changed.splitlines()


def test_start_is_the_chapter_before_with_the_text_and_a_readme_of_its_own(
    course_repository: Sandbox,
) -> None:
    branches(course_repository)

    repository = course_repository.repository
    source = Source.read(make_course())
    text = {p: f for p, f in source.weave(2).items() if p.startswith("chapters/02-")}
    text["README.md"] = File(begin(source.course.chapter(2)).encode())
    assert repository.tree("refs/course/start-2") == {**source.weave(1), **text}
    assert parents(course_repository, "refs/course/start-2") == [
        heads(course_repository)[0]
    ]
    assert parents(course_repository, "refs/course/start-1") == []
    start = repository.tree("refs/course/start-1")
    assert start
    assert all(path.startswith("chapters/01-first/") for path in start)


def test_start_follows_the_text(course_repository: Sandbox) -> None:
    branches(course_repository)
    edit(course_repository, TEXT_2, "Now read on.\n")

    branches(course_repository)

    text = course_repository.git("show", f"refs/course/start-2:{TEXT_2}")
    assert text.endswith("Now read on.")


def test_branches_are_woven_from_the_commit_not_the_work_tree(
    course_repository: Sandbox,
) -> None:
    clean = branches(course_repository)
    course_repository.write({"run.py": "broken (", "new": "untracked"})
    course_repository.git("add", "run.py")
    before = snapshot(course_repository)

    assert branches(course_repository) == [
        Release(release.number, release.commit, "unchanged") for release in clean
    ]
    assert snapshot(course_repository) == before


def test_another_commit_can_be_the_source(course_repository: Sandbox) -> None:
    course_repository.git("checkout", "-q", "-b", "draft")
    edit(course_repository, TEXT_2, "A draft.\n")
    course_repository.git("checkout", "-q", "main")

    branches(course_repository, "draft")

    assert course_repository.git("show", f"chapter-2:{TEXT_2}").endswith("A draft.")


def test_unknown_source_is_a_usage_error(course_repository: Sandbox) -> None:
    with pytest.raises(UsageError, match="there is no commit nowhere"):
        branches(course_repository, "nowhere")


def test_invalid_source_writes_nothing(course_repository: Sandbox) -> None:
    course_repository.commit({"orphan.py": "# region chapter 9: x\n"})

    with pytest.raises(CourseError, match=r"orphan\.py"):
        branches(course_repository)
    assert heads(course_repository) == ["", "", ""]


def test_deleted_branch_comes_back_as_the_same_release(
    course_repository: Sandbox,
) -> None:
    branches(course_repository)
    old = heads(course_repository)
    course_repository.git("branch", "-q", "-D", "chapter-2")

    branches(course_repository)

    assert heads(course_repository) == old


def test_lost_refs_of_ours_come_back_from_the_branches(
    course_repository: Sandbox,
) -> None:
    branches(course_repository)
    edit(course_repository, TEXT_2)
    branches(course_repository)
    before = course_repository.refs("refs")
    for ref in course_repository.refs("refs/course"):
        course_repository.git("update-ref", "-d", ref)

    assert statuses(branches(course_repository)) == ["unchanged"] * 3
    assert course_repository.refs("refs") == before


def test_few_processes_are_started_and_fewer_when_nothing_changed(
    course_repository: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    popen = subprocess.Popen

    def count(command: list[str], **options: object) -> "subprocess.Popen[bytes]":
        started.append(command)
        return popen(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr("course.git.command.subprocess.Popen", count)
    branches(course_repository)
    assert len(started) <= 9

    started.clear()
    branches(course_repository)
    assert len(started) <= 6


def test_work_tree_of_a_bare_repository_is_a_work_tree(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    bare = Sandbox(tmp_path / "course.git")
    course_repository.git("clone", "-q", "--bare", ".", str(bare.root))
    bare.git("worktree", "add", "-q", str(tmp_path / "linked"), "main")

    branches(Sandbox(tmp_path / "linked"))

    branches(course_repository)
    assert heads(bare) == heads(course_repository)


def test_files_of_every_kind_come_through(repository: Sandbox, tmp_path: Path) -> None:
    odd: dict[str, File] = {
        'a "quoted" \\ path': File(b"1"),
        "new\nline/tab\there": File(b"2", EXECUTABLE),
        b"caf\xe9".decode("utf-8", "surrogateescape"): File(b"\0\xff"),
        "dir/a": File(b""),
        "dir.b": File(b"done\ndata 3\n"),
        "dir0": File(b"dir", SYMLINK),
        " leading": File(b"x" * 200_000),
    }

    write_checkpoints(tmp_path / "scratch", [{}, odd], [])

    scratch = Sandbox(tmp_path / "scratch")
    assert scratch.repository.tree("chapter-2") == odd
    assert scratch.git("fsck", "--strict", "--no-dangling") == ""
    hasher = ObjectHasher("")
    assert hasher.tree(hasher.entries(odd)) == scratch.sha("chapter-2^{tree}")


def test_scratch_repository_has_branches_starts_and_an_author(
    tmp_path: Path, hostile_git: Path
) -> None:
    trees: list[Tree] = [{"a": File(b"1\n")}, {"a": File(b"2\n"), "b": File(b"3\n")}]

    write_checkpoints(tmp_path / "scratch", trees, [{}, {"text": File(b"read")}])

    scratch = Repository.find(tmp_path / "scratch")
    assert [scratch.tree(f"chapter-{n}") for n in (1, 2)] == trees
    assert scratch.tree("refs/course/start-2") == {"text": File(b"read")}
    commands = "git checkout -q chapter-2 -- a b && git commit -q -m mine"
    done = subprocess.run(
        ["sh", "-c", commands], cwd=scratch.root, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert scratch.tree("HEAD") == trees[1]
    assert not hostile_git.exists()


def test_command_prints_a_line_a_chapter_then_nothing(
    course_repository: Sandbox,
) -> None:
    first, second = (
        course_repository.course("branches"),
        course_repository.course("branches"),
    )

    assert [line.split()[:2] for line in first.stdout.splitlines()] == [
        [f"chapter-{n}", "new"] for n in (1, 2, 3)
    ]
    assert (first.returncode, second.returncode) == (0, 0)
    assert second.stdout == "chapter-1 to chapter-3: nothing new\n"
    assert course_repository.course("branches", "--quiet").stdout == ""


@pytest.mark.parametrize(
    ("place", "options", "status", "line"),
    [
        ("bare", [], 2, "is a bare repository"),
        ("outside", [], 2, "is not in a git repository"),
        ("empty", [], 2, "has no commit yet"),
        ("course", ["--from", "nowhere"], 2, "there is no commit nowhere"),
        ("course", ["--push", "nowhere"], 1, "does not appear to be a git repository"),
    ],
)
def test_bad_use_is_one_clear_line(
    tmp_path: Path, place: str, options: list[str], status: int, line: str
) -> None:
    folder = Sandbox(tmp_path / place)
    folder.root.mkdir()
    if place != "outside":
        folder.git("init", "-q", *(["--bare"] if place == "bare" else []))
    if place == "course":
        folder.commit(make_course())

    done = folder.course("branches", *options)

    assert done.returncode == status
    assert done.stderr.startswith("course: ")
    assert line in done.stderr
    assert done.stderr.count("\n") == 1
