"""The chapter branches under every configuration, on every disk, against any remote."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import COURSE, HOOKS, SOURCE, Sandbox

from course.branches import publish
from course.branches.finding import find_source_ref
from course.branches.writing import write_branches
from course.errors import CourseError

CHAPTERS = [f"refs/heads/chapter-{n}" for n in (1, 2, 3)]


def heads(place: Sandbox) -> list[str]:
    """Write the branches and return their SHAs."""
    repository = place.repository
    write_branches(repository, find_source_ref(repository))
    found = repository.refs(*CHAPTERS)
    return [found[ref] for ref in CHAPTERS]


@pytest.fixture
def expected(course_repository: Sandbox, tmp_path: Path) -> list[str]:
    """Return the SHAs that a quiet machine gives."""
    return heads(course_repository.clone(tmp_path / "quiet"))


def test_hostile_configuration_gives_the_same_commits_and_runs_nothing(
    course_repository: Sandbox, expected: list[str], hostile_git: Path
) -> None:
    index = (course_repository.root / ".git/index").read_bytes()

    assert heads(course_repository) == expected
    assert not hostile_git.exists()
    assert (course_repository.root / ".git/index").read_bytes() == index


def test_second_release_under_hostile_configuration_is_the_same(
    course_repository: Sandbox, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    reader = course_repository.clone(tmp_path / "reader")
    heads(course_repository), heads(reader)
    course_repository.commit({"test/ch02_second/test_more.py": "MORE = True\n"})
    second = heads(course_repository)
    reader.git("fetch", "-q", "origin", "main")
    stays_away = request.getfixturevalue("hostile_git")

    write_branches(reader.repository, "FETCH_HEAD")

    found = reader.repository.refs(*CHAPTERS)
    assert [found[ref] for ref in CHAPTERS] == second
    assert not stays_away.exists()


def test_hostile_configuration_of_the_clone_itself(
    course_repository: Sandbox, expected: list[str], hostile_git: Path
) -> None:
    folder = course_repository.root / ".git"
    hostile = Path(os.environ["GIT_CONFIG_GLOBAL"]).read_text()
    with (folder / "config").open("a") as config:
        config.write(hostile)
    (folder / "info/attributes").write_text("* text eol=crlf ident\n")

    assert heads(course_repository) == expected
    assert not hostile_git.exists()


def test_hooks_of_the_clone_do_not_run(
    course_repository: Sandbox, expected: list[str], tmp_path: Path
) -> None:
    for hook in HOOKS:
        path = course_repository.root / ".git/hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\nexit 1\n")
        path.chmod(0o755)

    assert heads(course_repository) == expected
    assert not (tmp_path / "ran").exists()


def test_replaced_source_changes_nothing(
    course_repository: Sandbox, expected: list[str]
) -> None:
    main = course_repository.sha("main")
    course_repository.git("checkout", "-q", "-b", "other")
    other = course_repository.commit({"run.py": "print('replaced')\n"})
    course_repository.git("checkout", "-q", "main")
    course_repository.git("replace", main, other)

    assert heads(course_repository) == expected


def test_grafts_do_not_hide_the_published_line(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    first = heads(course_repository)
    behind = course_repository.clone(tmp_path / "behind")
    course_repository.commit({"test/ch02_second/test_more.py": "MORE = True\n"})
    second = heads(course_repository)
    behind.git("fetch", "-q", "origin")
    (behind.root / ".git/info/grafts").write_text(f"{second[1]}\n{second[2]}\n")

    assert heads(behind) == first != second


def test_settings_of_the_environment_are_overruled(
    course_repository: Sandbox, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "i18n.commitEncoding")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "UTF-16")

    assert heads(course_repository) == expected


def test_push_works_under_hostile_configuration(
    course_repository: Sandbox,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare = tmp_path / "remote.git"
    course_repository.git("clone", "-q", "--bare", ".", str(bare))
    stays_away = request.getfixturevalue("hostile_git")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # the remote reads it, too
    with (course_repository.root / ".git/config").open("a") as config:
        config.write((tmp_path / "hostile-config").read_text())

    done = course_repository.course("branches", "--push", str(bare))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("remote.git: chapter-1, chapter-2, chapter-3\n")
    assert list(Sandbox(bare).git("branch", "--list", "chapter-*").split()) == [
        "chapter-1",
        "chapter-2",
        "chapter-3",
    ]
    assert not stays_away.exists()


def test_no_name_no_home_and_another_place_on_earth(
    course_repository: Sandbox, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LANG", "de_DE.ISO-8859-1")
    for name in ("HOME", "USER", "LOGNAME", "EMAIL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)

    assert heads(course_repository) == expected


def test_variables_that_point_elsewhere_are_ignored(
    course_repository: Sandbox,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_NAMESPACE",
        "GIT_COMMITTER_DATE",
    ):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))

    repository = course_repository.repository
    write_branches(repository, find_source_ref(repository))

    found = repository.refs(*CHAPTERS)
    assert [found[ref] for ref in CHAPTERS] == expected


def test_packed_refs_and_objects_are_read(
    course_repository: Sandbox, expected: list[str]
) -> None:
    heads(course_repository)
    course_repository.git("gc", "--quiet", "--prune=now")
    course_repository.git("branch", "-q", "-D", "chapter-2")

    assert heads(course_repository) == expected


def test_sha256_repository_is_written_as_well(
    tmp_path: Path, sample_course: dict[str, object]
) -> None:
    place = Sandbox(tmp_path / "modern")
    place.root.mkdir()
    place.git("init", "-q", "--object-format=sha256")
    place.commit(sample_course)  # type: ignore[arg-type]

    assert [len(sha) for sha in heads(place)] == [64, 64, 64]
    assert place.git("fsck", "--strict") == ""
    assert heads(place) == heads(place)


def test_folder_with_spaces_quotes_and_letters(
    course_repository: Sandbox, expected: list[str], tmp_path: Path
) -> None:
    odd = course_repository.clone(tmp_path / "the reader's café")

    assert heads(odd) == expected


def test_branch_in_the_way_is_one_line_and_nothing_is_moved(
    course_repository: Sandbox,
) -> None:
    course_repository.git("branch", "chapter-2/mine", "main")

    done = course_repository.course("branches")

    assert done.returncode == 1
    assert "refs/heads/chapter-2/mine" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(course_repository.refs("refs/heads")) == [
        "refs/heads/chapter-2/mine",
        "refs/heads/main",
    ]


@pytest.fixture
def silent_remote() -> Iterator[str]:
    """Give the address of a remote that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"git://127.0.0.1:{server.getsockname()[1]}/course.git"


def test_remote_that_never_answers_is_given_up(
    course_repository: Sandbox, silent_remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "TIMEOUT_SECONDS", 0.5)

    with pytest.raises(CourseError, match=r"^git push: no answer after 0.5 seconds$"):
        write_branches(course_repository.repository, "main", push=silent_remote)
    assert course_repository.sha("chapter-3")


def test_remote_that_refuses_the_connection_is_one_line(
    course_repository: Sandbox,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"git://127.0.0.1:{server.getsockname()[1]}/course.git"

    done = course_repository.course("branches", "--push", address)

    assert done.returncode == 1
    assert done.stderr.startswith("course: git push: unable to connect to 127.0.0.1")
    assert done.stderr.count("\n") == 1


def test_remote_whose_hook_declines_is_told(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    bare = tmp_path / "remote.git"
    course_repository.git("clone", "-q", "--bare", ".", str(bare))
    hook = bare / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/chapter-2\n')
    hook.chmod(0o755)

    done = course_repository.course("branches", "--push", str(bare))

    assert done.returncode == 1
    assert "refused chapter-2 [remote rejected] (hook declined)" in done.stderr
    taken = Sandbox(bare).git("branch", "--list", "chapter-*").split()
    assert taken == ["chapter-1", "chapter-3"]


def test_missing_git_is_one_line(course_repository: Sandbox, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as bare:
        bare.setenv("PATH", str(tmp_path))
        done = course_repository.course("branches")

    assert (done.returncode, done.stderr) == (
        2,
        "course: git is not installed: the course needs git 2.30\n",
    )


@pytest.fixture
def readable_course(sample_course: dict[str, object]) -> Iterator[Sandbox]:
    """Make a course whose git folder may be read but not written."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        place = Sandbox(Path(folder) / "course")
        place.root.mkdir()
        place.git("init", "-q")
        place.commit(sample_course)  # type: ignore[arg-type]
        place.git("config", "--global", "safe.directory", "*")
        shutil.copy(os.environ["GIT_CONFIG_GLOBAL"], Path(folder) / "config")
        (Path(folder) / "config").chmod(0o644)
        git = place.root / ".git"
        folders = [git, *(path for path in git.rglob("*") if path.is_dir())]
        for path in folders:
            path.chmod(0o555)
        yield place
        for path in folders:
            path.chmod(0o755)


def test_no_permission_to_write_is_one_line(readable_course: Sandbox) -> None:
    config = readable_course.root.parent / "config"

    done = subprocess.run(
        [*COURSE[:2], AS_NOBODY + COURSE[2], "branches"],
        cwd=readable_course.root,
        env=os.environ | {"GIT_CONFIG_GLOBAL": str(config)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("course: no permission to read or write ")
    assert done.stderr.count("\n") == 1


# Root may write anywhere: import while the files can be read, then be somebody else.
AS_NOBODY = f"""
import os, sys
sys.path.insert(0, {str(SOURCE)!r})
import course.cli, course.source.weave, course.commands.branches
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
"""
