"""Tests of `course test`, `run` and `diff`: your tree, and the checkpoints."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from conftest import COURSE

from course.errors import UsageError
from course.git.command import run_git
from course.learner.clone import Clone
from course.learner.running import checkpoint_command, write_checkpoint
from course.run.ports import first_free, free_port
from course.tree import File


def record(clone: Path) -> dict[str, dict[str, str]]:
    """Read what was recorded as done."""
    path = clone / ".git/course/progress.json"
    return json.loads(path.read_text()) if path.exists() else {}


def test_a_red_tree_exits_1_and_is_not_done(clone, mine, finish, call, capfd) -> None:
    finish(mine)
    run = mine / "run.py"
    run.write_text(run.read_text().replace('"second"', '"secnd"'))
    assert call(mine, "test").code == 1
    assert "1 failed, 1 passed" in capfd.readouterr().out
    assert record(clone) == {}


def test_a_green_chapter_is_done(clone, mine, finish, call) -> None:
    finish(mine)
    answer = call(mine / "test", "test")
    assert answer.code == 0
    assert "Chapter 2 is done" in answer.text
    assert list(record(clone)["chapters"]) == ["2"]


def test_without_the_chapters_own_tests_it_is_not_done(clone, mine, call) -> None:
    answer = call(mine, "test")
    assert answer.code == 0
    assert "git checkout chapter-2 -- test/ch02_second" in answer.text
    assert record(clone) == {}


def test_a_chapters_own_tests_prove_it_done(clone, mine, finish, call, capfd) -> None:
    answer = call(mine, "test", "2")
    assert answer.code == 2
    assert "git checkout chapter-2 -- test/ch02_second" in answer.text
    finish(mine)
    (mine / "test/test_mine.py").write_text("def test_mine():\n    assert 0\n")
    answer = call(mine / "test", "test", "2")
    assert (answer.code, "1 passed" in capfd.readouterr().out) == (0, True)
    assert "Chapter 2 is done" in answer.text
    assert list(record(clone)["chapters"]) == ["2"]


def test_a_part_of_the_tests_is_no_proof(clone, mine, finish, call) -> None:
    finish(mine)
    assert call(mine, "test", "--", "-k", "first").code == 0
    assert call(mine, "test", "--", "-k", "nothing").code == 1
    assert record(clone) == {}


def test_neither_a_chapter_nor_a_file_is_bad_use(mine, call) -> None:
    answer = call(mine, "test", "two")
    assert answer.code == 2
    assert "two is neither a chapter nor a file" in answer.text


def test_a_checkpoint_is_tested_from_main(clone, call, capfd) -> None:
    assert call(clone, "test", "2").code == 0
    assert "2 passed" in capfd.readouterr().out
    assert record(clone) == {}
    assert run_git(clone, "status", "--porcelain").stdout == b""
    assert call(clone, "test", "3").code == 2


@pytest.mark.usefixtures("as_installed")
def test_the_test_of_a_checkpoint_says_how_to_test_ones_own_files(
    clone, mine, call
) -> None:
    own = "To test your own files, run this in mine: ../.venv/bin/course test 2\n"
    answer = call(clone, "test", "2")
    assert answer.text.endswith(f"\nThat was the course's own chapter 2. {own}")
    assert call(clone, "start", "1").code == 0
    answer = call(mine, "test", "2")
    said = "That was the course's own chapter 2. Your files are at chapter 1.\n"
    assert answer.text.endswith(said)


def test_there_is_no_checkpoint_0_to_test(clone, call) -> None:
    answer = call(clone, "test", "0")
    assert answer.code == 2
    assert "there is no chapter 0" in answer.text


def test_a_checkpoint_branch_that_is_missing_is_one_line(
    course_repository, call
) -> None:
    answer = call(course_repository.root, "diff", "2")
    assert answer.code == 2
    assert "course branches" in answer.text


def test_diff_shows_the_chapters_code_without_text_and_readme(
    clone, mine, call
) -> None:
    shown = call(mine / "test", "diff", "2").text
    assert '+    "second",' in shown
    assert "test/ch02_second/test_second.py" in shown
    assert "README.md" not in shown


def test_diff_of_the_first_chapter_of_paths_and_in_short(clone, call) -> None:
    shown = call(clone, "diff", "1", "--stat").text
    assert "run.py" in shown
    assert "insertions(+)" in shown
    assert "@@" not in shown
    assert "ch02_second" not in call(clone, "diff", "2", "run.py").text
    assert "02-second/README.md" in call(clone, "diff", "2", "--text").text
    assert call(clone, "diff", "9").code == 2


def course(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool as a program of its own."""
    return subprocess.run(
        [*COURSE, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_run_is_the_program_itself(mine) -> None:
    assert course(mine / "test", "run").stdout == "hello first\n"
    (mine / "run.py").write_text("import sys; sys.exit(7)\n")
    assert course(mine, "run").returncode == 7


def test_run_passes_the_port_and_ends_on_ctrl_c(mine) -> None:
    (mine / "run.py").write_text(
        "import sys, time\n"
        "try:\n    print(*sys.argv[1:], flush=True)\n    time.sleep(600)\n"
        "except KeyboardInterrupt:\n    print('bye')\n"
    )
    command = [*COURSE, "run", "--port", "5099"]
    with subprocess.Popen(
        command, cwd=mine, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "debug_server --port 5099\n"
        os.killpg(child.pid, signal.SIGINT)
        assert child.stdout.read() == "bye\n"
        assert child.wait() == 0


def test_a_checkpoints_command_gets_a_free_port(clone) -> None:
    place = Clone.here(clone)
    *command, port = checkpoint_command(place, 2, None)
    assert command == ["run.py", "--port"]
    assert int(port) in range(5000, 5100)
    assert checkpoint_command(place, 2, 5077) == ["run.py", "--port", "5077"]
    assert checkpoint_command(place, 1, None) == ["run.py"]
    with pytest.raises(UsageError, match="no server"):
        checkpoint_command(place, 1, 5077)


def test_a_free_port_is_one_on_which_nobody_listens() -> None:
    first, second = free_port(), free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        taken.listen()
        assert first_free([first, second]) == second
        assert first_free([first]) is None


def test_a_laid_out_checkpoint_keeps_what_its_app_made(tmp_path: Path) -> None:
    folder = tmp_path / "chapter-2"
    write_checkpoint({"run.py": File(b"1"), "old.py": File(b"1")}, folder)
    (folder / "instance").mkdir()
    (folder / "instance" / "data").write_text("kept")
    write_checkpoint({"run.py": File(b"2")}, folder)
    assert (folder / "run.py").read_bytes() == b"2"
    assert not (folder / "old.py").exists()
    assert (folder / "instance" / "data").read_text() == "kept"


def test_a_spoilt_note_of_a_checkpoint_is_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "chapter-2"
    write_checkpoint({"run.py": File(b"1")}, folder)
    (tmp_path / "chapter-2.json").write_text('{"digest": ')
    write_checkpoint({"run.py": File(b"2")}, folder)
    assert (folder / "run.py").read_bytes() == b"2"
    note = json.loads((tmp_path / "chapter-2.json").read_text())
    assert note["paths"] == ["run.py"]


def test_an_active_environment_serves_a_tree_without_one(
    clone, mine, call, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mine / ".venv").rename(clone.parent / "active")
    assert call(mine, "test").code == 2
    monkeypatch.setenv("VIRTUAL_ENV", str(clone.parent / "active"))
    assert call(mine, "test").code == 0


def test_a_piped_diff_is_the_same_under_a_hostile_configuration(clone, request) -> None:
    plain = course(clone, "diff", "2").stdout
    assert "+++ b/" in plain
    ran = request.getfixturevalue("hostile_git")
    assert course(clone, "diff", "2").stdout == plain
    assert not ran.exists()
