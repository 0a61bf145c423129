"""Interrupted: the repository stays whole, and the next run completes the branches."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import COURSE, Sandbox

from course import locks
from course.branches.writing import write_branches
from course.errors import CourseError

CHANGE = "chapters/02-second/README.md"
REFS = ["refs/heads/chapter-*", "refs/course"]

# Kills what called git when it calls for the Nth time: before git runs, while git
# runs and has had half of its input, or after.
KILLER = """\
#!/bin/sh
count=$(( $(cat "$COUNT") + 1 ))
echo $count > "$COUNT"
if [ $count -ne "$KILL_AT" ]; then exec "$GIT" "$@"; fi
case "$KILL_WHEN" in
    before) kill -9 $PPID ;;
    after) "$GIT" "$@" > /dev/null; kill -9 $PPID ;;
    halfway)
        cat > "$COUNT.input"
        size=$(( $(wc -c < "$COUNT.input") / 2 ))
        head -c $size "$COUNT.input" | "$GIT" "$@" > /dev/null 2>&1
        kill -9 $PPID ;;
esac
"""


@pytest.fixture
def second_release(course_repository: Sandbox) -> Sandbox:
    """Make a course that has branches, and a change on main that they lack."""
    write_branches(course_repository.repository, "main")
    text = (course_repository.root / CHANGE).read_text()
    course_repository.commit({CHANGE: text + "More.\n"})
    course_repository.write({"run.py": "dirty\n", "untracked": "dirty\n"})
    return course_repository


@pytest.fixture
def expected(second_release: Sandbox, tmp_path: Path) -> dict[str, str]:
    """Return the refs that a run leaves when nothing interrupts it."""
    shutil.copytree(second_release.root, tmp_path / "whole", symlinks=True)
    whole = Sandbox(tmp_path / "whole")
    write_branches(whole.repository, "main")
    return whole.refs(*REFS)


def is_whole(place: Sandbox) -> bool:
    """Tell whether git finds no fault in the repository."""
    return place.git("fsck", "--strict", "--no-dangling") == ""


def worked_in(place: Sandbox) -> list[bytes]:
    """Return what a run must not touch: the index, HEAD and the reader's files."""
    files = [".git/index", ".git/HEAD", "run.py", "untracked", CHANGE]
    return [(place.root / file).read_bytes() for file in files]


def completes(place: Sandbox, expected: dict[str, str]) -> None:
    """Assert that the next run gives what an uninterrupted one gives."""
    write_branches(place.repository, "main")
    assert place.refs(*REFS) == expected
    left = [p.name for p in (place.root / ".git").rglob("*") if p.suffix == ".lock"]
    assert left == []
    assert list((place.root / ".git").glob("fast_import_crash_*")) == []


@pytest.mark.parametrize("when", ["before", "halfway", "after"])
def test_killed_at_any_call_of_git_the_next_run_completes(
    second_release: Sandbox, expected: dict[str, str], tmp_path: Path, when: str
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text(KILLER)
    (programs / "git").chmod(0o755)
    count = tmp_path / "count"
    killed = 0
    for at in range(1, 30):
        place = Sandbox(tmp_path / f"{when}-{at}")
        shutil.copytree(second_release.root, place.root, symlinks=True)
        before = worked_in(place)
        count.write_text("0")
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "GIT": shutil.which("git") or "",
            "COUNT": str(count),
            "KILL_AT": str(at),
            "KILL_WHEN": when,
        }
        done = subprocess.run(
            [*COURSE, "branches"],
            cwd=place.root,
            env=os.environ | environment,
            capture_output=True,
            check=False,
        )
        assert is_whole(place)
        assert worked_in(place) == before
        completes(place, expected)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        killed += 1
    assert killed >= 8


def test_killed_at_any_moment_the_next_run_completes(
    second_release: Sandbox, expected: dict[str, str], tmp_path: Path
) -> None:
    outcomes = set()
    for step in range(16):
        place = Sandbox(tmp_path / f"moment-{step}")
        shutil.copytree(second_release.root, place.root, symlinks=True)
        before = worked_in(place)
        process = subprocess.Popen(
            [*COURSE, "branches"],
            cwd=place.root,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.04 + step * 0.01)
        os.killpg(process.pid, signal.SIGKILL)
        outcomes.add(process.wait())
        assert is_whole(place)
        assert worked_in(place) == before
        completes(place, expected)
    assert -signal.SIGKILL in outcomes


def test_runs_at_the_same_time_agree(
    second_release: Sandbox, expected: dict[str, str]
) -> None:
    processes = [
        subprocess.Popen(
            [*COURSE, "branches"],
            cwd=second_release.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(6)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in processes]

    assert ended == [(b"", 0)] * 6
    assert second_release.refs(*REFS) == expected
    assert is_whole(second_release)


@pytest.mark.parametrize("age", [0.0, 60.0])
def test_lock_that_a_killed_git_left_is_removed(
    second_release: Sandbox, expected: dict[str, str], age: float
) -> None:
    for ref in ("refs/heads/chapter-2", "refs/course/chapter-3"):
        lock = second_release.root / f".git/{ref}.lock"
        lock.touch()
        os.utime(lock, (time.time() - age, time.time() - age))

    completes(second_release, expected)


def test_young_lock_is_waited_for(tmp_path: Path) -> None:
    lock = tmp_path / "refs/heads/chapter-1.lock"
    lock.parent.mkdir(parents=True)
    begin = time.monotonic()
    lock.touch()

    locks.remove_stale(tmp_path, ["refs/heads/chapter-1"])

    assert not lock.exists()
    assert time.monotonic() - begin > locks.STALE_LOCK_SECONDS - 0.5


def test_run_that_never_ends_is_not_waited_for_for_ever(
    course_repository: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "LOCK_TIMEOUT_SECONDS", 0.1)

    with (
        locks.tool_lock(course_repository.repository.tool_folder),
        pytest.raises(CourseError, match="another run still holds"),
    ):
        write_branches(course_repository.repository, "main")


def test_git_that_outlives_its_killed_caller_keeps_the_lock(
    course_repository: Sandbox, tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    slow = programs / "git"
    git = shutil.which("git")
    slow.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *fast-import*) touch "{tmp_path}/slow"; sleep 1.5; '
        f'touch "{tmp_path}/woke";; esac\n'
        f'exec "{git}" "$@"\n'
    )
    slow.chmod(0o755)
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        [*COURSE, "branches"], cwd=course_repository.root, env=environment
    )
    while not (tmp_path / "slow").exists():
        time.sleep(0.01)
    process.kill()
    process.wait()

    done = course_repository.course("branches")

    assert done.returncode == 0
    assert (tmp_path / "woke").exists()
    assert is_whole(course_repository)


def test_only_our_own_crash_reports_are_deleted(second_release: Sandbox) -> None:
    folder = second_release.root / ".git"
    other = folder / "fast_import_crash_1"
    other.write_text("fast-import crash report:\nrefs/heads/somebody\n")
    for stream in (b"feature done\nreset refs/course/import\nblob\n", b"nonsense\n"):
        subprocess.run(
            ["git", "fast-import", "--quiet"],
            cwd=second_release.root,
            input=stream,
            capture_output=True,
            check=False,
        )
    assert len(list(folder.glob("fast_import_crash_*"))) == 3

    write_branches(second_release.repository, "main")

    left = list(folder.glob("fast_import_crash_*"))
    assert other in left
    assert len(left) == 2


def test_reader_who_commits_meanwhile_keeps_the_commit(
    second_release: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    git = shutil.which("git")
    mine = second_release.git(
        "commit-tree", "-p", "chapter-2", "-m", "x", "main^{tree}"
    )
    (programs / "git").write_text(
        f'#!/bin/sh\nif [ ! -e "{tmp_path}/once" ]; then\n'
        f'case "$*" in *fast-import*) touch "{tmp_path}/once"\n'
        f'cd "{second_release.root}" && "{git}" update-ref refs/heads/chapter-2 {mine}'
        ";; esac; fi\n"
        f'exec "{git}" "$@"\n'
    )
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")

    releases = write_branches(second_release.repository, "main")

    assert second_release.sha("chapter-2") == mine
    assert releases[1].status == "kept beside"
    assert second_release.sha("chapter-3") == releases[2].commit
