"""The chapter branches: append-only, the same in every clone, nobody's work moved."""

import subprocess
import time
from pathlib import Path

import pytest
from conftest import Sandbox, make_course

from course.branches import Release, publish, write_branches, write_checkpoints
from course.errors import CourseError, UsageError
from course.git import Repository
from course.git_objects import Commit, Names
from course.tree import EXECUTABLE, SYMLINK, File, Tree
from course.weave import Source

CHAPTERS = [f"refs/heads/chapter-{n}" for n in (1, 2, 3)]
TEXT_2 = "chapters/02-second/README.md"


def branches(place: Sandbox, ref: str | None = None) -> list[Release]:
    """Write the branches from main, or from ref."""
    repository = place.repository
    return write_branches(repository, ref or repository.source_ref())


def heads(place: Sandbox) -> list[str]:
    """Return the SHAs of the three branches."""
    return [place.sha(ref) for ref in CHAPTERS]


def statuses(releases: list[Release]) -> list[str]:
    """Return what became of each branch."""
    return [release.status for release in releases]


def edit(place: Sandbox, path: str, more: str = "\nMore.\n") -> str:
    """Add to a file on main and commit; return the new commit."""
    old = (place.root / path).read_text()
    return place.commit({path: File((old + more).encode())})


def parents(place: Sandbox, ref: str) -> list[str]:
    """Return the parents of a commit."""
    return place.git("rev-list", "--parents", "-n1", ref).split()[1:]


def snapshot(place: Sandbox) -> tuple[dict[str, bytes], bytes, str]:
    """Return everything of the work tree and index that must not be touched."""
    files = {
        str(path): path.read_bytes()
        for path in sorted(place.root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(place.root).parts
    }
    index = Path(place.git("rev-parse", "--absolute-git-dir")) / "index"
    return files, index.read_bytes(), (index.parent / "HEAD").read_text()


def published(origin: Sandbox, tmp_path: Path, name: str = "author") -> Sandbox:
    """Clone origin, write the branches there and publish them to it."""
    origin.git("config", "receive.denyCurrentBranch", "ignore")
    author = origin.clone(tmp_path / name)
    write_branches(author.repository, "main", push="origin")
    return author


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
    names = Names("")
    entries = names.entries({"a/b": File(b"1\n"), "a.c": File(b"2\n", EXECUTABLE)})

    commit = Commit.make(names, entries, [], "Chapter 1: café\n")

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


def test_start_is_the_chapter_before_with_the_text_added(
    course_repository: Sandbox,
) -> None:
    branches(course_repository)

    repository = course_repository.repository
    source = Source.read(make_course())
    text = {p: f for p, f in source.weave(2).items() if p.startswith("chapters/02-")}
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


def test_few_processes_are_started_and_fewer_when_nothing_changed(
    course_repository: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    popen = subprocess.Popen

    def count(command: list[str], **options: object) -> "subprocess.Popen[bytes]":
        started.append(command)
        return popen(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr("course.git.subprocess.Popen", count)
    begin = time.monotonic()
    branches(course_repository)
    assert time.monotonic() - begin < 1
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
    names = Names("")
    assert names.tree(names.entries(odd)) == scratch.sha("chapter-2^{tree}")


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
