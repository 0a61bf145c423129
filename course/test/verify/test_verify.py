"""Test `course verify` as a whole: what it runs again, what it says, how it ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

from course.verify import results

CHEAP = ["--only", "weave", "--only", "lint", "--only", "red"]
TIMEOUT_SECONDS = 120  # after which a program hangs; a slow machine needs fewer


def report(repository: Path) -> dict[str, dict[str, object]]:
    """Read the JSON report, by the titles of the checks."""
    text = (repository / ".git/course/report/report.json").read_text()
    checks = json.loads(text)["checks"]
    return {
        f"{one['step']} {one['chapter']} {one['name']}".strip(): one for one in checks
    }


def rerun(repository: Path) -> set[str]:
    """Return the checks that were run, rather than known from before."""
    return {name for name, one in report(repository).items() if not one["cached"]}


def times(root: Path) -> list[tuple[str, int]]:
    """List the files of a work tree with the times of their last change."""
    files = [path for path in root.rglob("*") if ".git" not in path.parts]
    return sorted((str(path), path.stat().st_mtime_ns) for path in files)


def test_a_sound_course_holds_and_nothing_is_run_twice(verify, repository) -> None:
    untouched = times(repository)
    first = verify()
    assert first.returncode == 0, first.stdout + first.stderr
    assert "2 chapters: 26 checks hold (" in first.stdout
    assert len(rerun(repository)) == 26
    assert times(repository) == untouched
    second = verify()
    assert second.returncode == 0
    assert "26 checks hold, 26 of them as before" in second.stdout
    assert len(second.stdout.splitlines()) == 1
    assert rerun(repository) == set()
    assert verify("--no-cache", *CHEAP).returncode == 0
    assert len(rerun(repository)) == 6


def test_a_change_runs_its_chapter_and_later_ones_only(workshop) -> None:
    before = workshop.keys()
    workshop.change("serve.py", "Answers /", "Answers / only")
    changed = {title for title, key in workshop.keys().items() if key != before[title]}
    steps = ("weave", "lint", "test", "start", "red", "text")
    prose = {"text 2: prose", "text 2: README"}
    assert changed == {f"{step} 2" for step in steps} | prose


def test_an_edit_of_prose_runs_no_test(workshop) -> None:
    before = workshop.keys()
    workshop.change("chapters/01-one/README.md", "Fetch it all.", "Fetch all of it.")
    changed = {title for title, key in workshop.keys().items() if key != before[title]}
    prose = {"text 1: prose", "text 2: prose", "text 2: README"}
    assert changed == {"weave 1", "weave 2", "lint 1", "text 1"} | prose


def test_another_title_types_the_later_texts_again(workshop) -> None:
    before = workshop.keys()
    workshop.change("chapters/01-one/README.md", "# Chapter 1: One", "# Chapter 1: On")
    workshop.change("chapters/01-one/chapter.toml", '"One"', '"On"')
    assert workshop.keys()["text 2"] != before["text 2"]


def test_a_command_of_a_later_chapter_that_goes_checks_the_prose_again(
    workshop,
) -> None:
    workshop.write("apps/sing.py", "def sing() -> None: ...\n")
    workshop.change(
        "chapters/02-two/chapter.toml", '"serve.py"', '"serve.py", "apps/sing.py"'
    )
    workshop.change("chapters/01-one/README.md", "Fetch it all.", "`flask sing` later.")
    before = workshop.keys()
    workshop.change("apps/sing.py", "sing", "hum")
    assert workshop.keys()["text 1: prose"] != before["text 1: prose"]
    assert workshop.keys()["text 1"] == before["text 1"]


def test_another_version_of_the_linter_proves_nothing_yet(monkeypatch) -> None:
    before = results.code_digest()
    monkeypatch.setattr(results, "version", lambda name: f"9.{len(name)}")
    assert results.code_digest() != before


def test_another_postgresql_proves_nothing_yet(monkeypatch) -> None:
    before = results.code_digest()
    monkeypatch.setattr(results.real_parts, "versions", lambda: ["another"])
    assert results.code_digest() != before


def test_results_outlive_the_clone_where_ci_keeps_them(
    verify, repository, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    assert verify("--only", "weave").returncode == 0
    assert len(rerun(repository)) == 2
    shutil.rmtree(repository / ".git/course")
    assert verify("--only", "weave").returncode == 0
    assert rerun(repository) == set()


def test_what_it_cost_is_printed_by_step_and_chapter(verify, repository) -> None:
    assert verify("--only", "weave", "--only", "lint").returncode == 0
    command = [sys.executable, "-m", "course", "figures", "--time", "--chapters", "13"]
    done = subprocess.run(
        command, cwd=repository, capture_output=True, text=True, check=True
    )
    head, *rows = done.stdout.splitlines()
    assert " ".join(head.split()) == "processor seconds chapter 1 chapter 2 all"
    assert float(next(row for row in rows if row.startswith("lint")).split()[-1]) > 0
    assert "22 checks have no result: run `course verify`" in rows
    assert rows[-1].startswith("13 chapters on")


def test_a_checkpoint_is_no_course_to_verify(verify, repository) -> None:
    (repository / "chapters/course.toml").unlink()
    done = verify(*CHEAP)
    assert done.returncode == 2
    assert done.stderr.startswith("course: this work tree is not the annotated course")
    assert done.stderr.count("\n") == 1


def test_a_name_that_is_not_utf_8_is_told_all_the_same(verify, repository) -> None:
    Path(os.fsdecode(os.fsencode(repository) + b"/caf\xe9.py")).write_text("x = 1\n")
    done = verify(*CHEAP)
    assert done.returncode == 1
    assert "caf\\udce9.py: no chapter claims this file" in done.stdout
    assert "Traceback" not in done.stderr


def test_uncommitted_and_new_files_are_judged(verify, repository) -> None:
    (repository / "serve.py").write_text("import os\n")
    (repository / "new.py").write_text("x = 1\n")
    done = verify(*CHEAP)
    assert done.returncode == 1
    assert "new.py: no chapter claims this file" in done.stdout
    (repository / "new.py").unlink()
    done = verify(*CHEAP, "--chapter", "2")
    assert done.returncode == 1
    assert "F401" in done.stdout
    assert "Again: course verify --chapter 2 --only lint" in done.stdout
    assert "1 of 3 checks failed" in done.stdout.splitlines()[-1]
    assert verify(*CHEAP, "--chapter", "1").returncode == 0


def test_failures_are_run_again_until_they_hold(verify, repository) -> None:
    path = repository / "serve.py"
    sound = path.read_text()
    path.write_text(sound + "import os\n")
    words = ["--chapter", "2", "--only", "lint"]
    assert verify(*words).returncode == 1
    assert verify(*words).returncode == 1
    assert rerun(repository) == {"lint 2"}
    path.write_text(sound)
    assert verify(*words).returncode == 0


def test_the_reports_say_what_failed(verify, repository, tmp_path) -> None:
    (repository / "serve.py").write_text("import os\n")
    place = tmp_path / "a report"
    assert verify(*CHEAP, "--report", str(place)).returncode == 1
    whole = json.loads((place / "report.json").read_text())
    assert whole["holds"] is False
    failed = [one for one in whole["checks"] if one["state"] == "failed"]
    assert [(one["step"], one["chapter"]) for one in failed] == [("lint", 2)]
    root = ET.parse(place / "junit.xml").getroot()  # noqa: S314
    assert (root.get("tests"), root.get("failures")) == ("6", "1")
    assert "F401" in (root.findtext(".//failure") or "")
    assert not (repository / ".git/course/report").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--chapter", "9"], "there is no chapter 9: the course has 1 to 2"),
        (["--only", "dance"], "'dance' is not one of"),
        (["--python", "3.99"], "there is no Python 3.99 here; found: 3."),
        (["--python", "snake"], "--python takes a version such as 3.13"),
        (
            ["--python", "/nowhere/python"],
            "/nowhere/python is not a working Python interpreter",
        ),
        (["--report", "serve.py/x"], "no report can be written to serve.py/x"),
    ],
)
def test_bad_use_is_one_line_and_exit_2(verify, words: list[str], says: str) -> None:
    done = verify(*words)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_of_a_repository_is_bad_use(tmp_path) -> None:
    command = [sys.executable, "-m", "course", "verify"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("course: ")


@dataclass
class Slow:
    """A verification whose one test takes ten minutes, and that test's process."""

    run: "subprocess.Popen[str]"
    test: int
    temporary_folder: Path

    def test_lives(self) -> bool:
        """Whether the test still runs; a killed one is given time to be reaped."""
        end = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < end:
            try:
                os.kill(self.test, 0)
            except ProcessLookupError:
                return False
            time.sleep(0.05)
        return True


@pytest.fixture
def slow(verify, repository: Path, tmp_path: Path) -> Slow:
    """Begin a verification, and wait until its test is being run."""
    mark = tmp_path / "pid"
    (repository / "test/ch01_one/test_greet.py").write_text(
        "import os, time\nfrom pathlib import Path\n\n\ndef test_slow() -> None:\n"
        f"    Path({str(mark)!r}).write_text(str(os.getpid()))\n    time.sleep(600)\n"
    )
    temporary_folder = tmp_path / "temporary"
    temporary_folder.mkdir()
    only = ["--only", "test", "--chapter", "1"]
    child = subprocess.Popen(
        [sys.executable, "-m", "course", "verify", *only],
        cwd=repository,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary_folder)},
    )
    end = time.monotonic() + TIMEOUT_SECONDS
    while not (mark.exists() and mark.read_text()) and time.monotonic() < end:
        assert child.poll() is None
        time.sleep(0.05)
    return Slow(child, int(mark.read_text()), temporary_folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_every_program(slow: Slow, number: signal.Signals) -> None:
    slow.run.send_signal(number)
    _, said = slow.run.communicate(timeout=TIMEOUT_SECONDS)
    assert slow.run.returncode == 130
    assert said == "course: interrupted; everything that was started is stopped\n"
    assert not slow.test_lives()
    assert list(slow.temporary_folder.glob("course-verify-*/run-*")) == []


def test_no_program_outlives_a_run_that_was_killed(slow: Slow) -> None:
    slow.run.kill()
    slow.run.communicate(timeout=TIMEOUT_SECONDS)
    assert not slow.test_lives()


def test_the_folder_of_a_killed_run_is_swept(verify) -> None:
    home = Path(tempfile.gettempdir()).resolve() / f"course-verify-{os.getuid()}"
    dead = home / "run-dead"
    dead.mkdir(parents=True, exist_ok=True)
    (dead / "lock").touch()
    (dead / "work").mkdir(exist_ok=True)
    assert verify("--only", "weave").returncode == 0
    assert not dead.exists()
