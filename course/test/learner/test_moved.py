"""A clone that moves keeps its work trees, and a work tree that is away is kept."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course.git.command import run_git


def git(folder: Path, *args: str) -> str:
    """Run git in a folder and return what it printed."""
    return run_git(folder, *args).stdout.decode().strip()


def edit(mine: Path) -> None:
    """Leave work that no commit holds: a staged line, and a file of one's own."""
    with (mine / "run.py").open("a") as file:
        file.write("# staged\n")
    git(mine, "add", "run.py")
    (mine / "own.py").write_text("own = 1\n")


def check_kept(mine: Path) -> None:
    """Check that git works in a folder, and has what `edit` left there."""
    assert git(mine, "branch", "--show-current") == "my-chapter-2"
    assert git(mine, "status", "--porcelain") == "M  run.py\n?? own.py"


def registered(clone: Path) -> list[Path]:
    """List the places of a clone's linked work trees, as git has them."""
    lines = git(clone, "worktree", "list", "--porcelain").splitlines()
    return [Path(line[9:]) for line in lines if line.startswith("worktree ")][1:]


@pytest.mark.parametrize("where", ["clone", "mine", "a folder in mine"])
def test_a_clone_that_moves_keeps_mine(clone, mine, call, where) -> None:
    edit(mine)
    new = clone.rename(clone.with_name("is elsewhere"))
    folders = {"clone": new, "mine": new / "mine"}
    answer = call(folders.get(where, new / "mine" / "chapters"), "status")
    assert answer.code == 0, answer.text
    assert "my-chapter-2" in answer.text
    check_kept(new / "mine")
    assert registered(new) == [new / "mine"]
    assert call(new, "start", "2").code == 0
    check_kept(new / "mine")


@pytest.mark.parametrize("first", ["clone", "room"])
def test_a_clone_and_the_folder_beside_it_move_together(
    clone, call, tmp_path, monkeypatch, first
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    lectern = clone.rename(home / "lectern")
    assert call(lectern, "start", "2", "--into", str(home / "room")).code == 0
    edit(home / "room")
    monkeypatch.chdir(tmp_path)
    new = home.rename(tmp_path / "new home")
    program = new / "lectern/.venv/bin/course"
    monkeypatch.setattr(sys, "argv", [str(program)])
    folder = new / ("lectern" if first == "clone" else "room")
    assert call(folder, "status").code == 0
    check_kept(new / "room")
    assert registered(new / "lectern") == [new / "room"]


def test_mine_that_moved_alone_goes_on_in_its_new_place(
    clone, mine, call, tmp_path
) -> None:
    edit(mine)
    new = mine.rename(tmp_path / "room")
    answer = call(clone, "start", "2")
    assert answer.code == 2
    assert "open in mine, which is not there" in answer.text
    assert "`course start 2 --into ITS-NEW-PLACE`" in answer.text
    assert answer.text.count("\n") == 1
    assert call(clone, "start", "2", "--into", str(new)).code == 0
    check_kept(new)
    assert registered(clone) == [new]


def test_mine_that_moved_alone_is_known_once_one_is_in_it(
    clone, mine, call, tmp_path
) -> None:
    edit(mine)
    new = mine.rename(tmp_path / "room")
    assert call(new, "status").code == 0
    assert registered(clone) == [new]
    assert "my-chapter-2 is in" in call(clone, "status").text
    check_kept(new)


def test_clone_and_mine_that_moved_apart_meet_again(
    clone, mine, call, tmp_path
) -> None:
    edit(mine)
    room = mine.rename(tmp_path / "room")
    new = clone.rename(tmp_path / "elsewhere")
    answer = call(room, "status")
    assert answer.code == 2
    assert f"--into {room}" in answer.text
    assert answer.text.count("\n") == 1
    assert call(new, "start", "2", "--into", str(room)).code == 0
    check_kept(room)


def test_a_copy_of_a_clone_has_a_mine_of_its_own(clone, mine, call) -> None:
    edit(mine)
    copy = shutil.copytree(clone, clone.with_name("copy"), symlinks=True)
    assert call(copy, "status").code == 0
    assert registered(copy) == [copy / "mine"]
    git(copy / "mine", "add", "--all")
    git(copy / "mine", "commit", "--quiet", "-m", "in the copy")
    check_kept(mine)
    assert registered(clone) == [mine]


def test_the_mine_of_another_clone_is_not_taken(clone, mine, call, tmp_path) -> None:
    edit(mine)
    other = tmp_path / "other"
    shutil.copytree(clone, other, symlinks=True)
    shutil.rmtree(other / "mine")
    answer = call(other, "start", "2", "--into", str(mine))
    assert answer.code == 2
    check_kept(mine)
    assert registered(clone) == [mine]
    command = answer.text.partition("forget it by `")[2].partition("`")[0]
    subprocess.run(shlex.split(command), check=True, cwd=other)
    assert call(other, "start", "2").code == 0
    assert registered(other) == [other / "mine"]
    check_kept(mine)


def test_a_folder_that_is_away_is_never_forgotten(clone, call, tmp_path) -> None:
    disk = tmp_path / "disk"
    room = disk / "room"
    assert call(clone, "start", "2", "--into", str(room)).code == 0
    edit(room)
    away = disk.rename(tmp_path / "away")
    assert call(clone, "start", "1").code == 0
    answer = call(clone, "start", "2")
    assert answer.code == 2
    assert answer.text.count("\n") == 1
    assert "`git worktree prune`, then `course start 2`" in answer.text
    git(clone, "worktree", "lock", "--reason", "on a stick", str(room))
    answer = call(clone, "start", "2")
    assert "locked (on a stick): bring its disk back" in answer.text
    away.rename(disk)
    assert call(clone, "start", "2").code == 0
    check_kept(room)


def test_what_the_message_says_of_a_deleted_folder_helps(clone, mine, call) -> None:
    shutil.rmtree(mine)
    answer = call(clone, "start", "2")
    assert answer.code == 2
    command = answer.text.partition("deleted it, `")[2].partition("`")[0]
    subprocess.run(shlex.split(command), check=True, cwd=clone)
    assert call(clone, "start", "2").code == 0
    assert (mine / "run.py").is_file()


def test_a_lost_git_file_does_not_lead_to_the_clone(clone, mine, call) -> None:
    edit(mine)
    (mine / ".git").unlink()
    answer = call(clone, "start", "1")
    assert answer.code == 2
    assert "has lost its .git: `git worktree repair`" in answer.text
    assert git(clone, "branch", "--show-current") == "main"
    git(clone, "worktree", "repair")
    assert call(clone, "start", "2").code == 0
    check_kept(mine)


def test_an_environment_that_has_moved_is_named_with_what_to_type(
    clone, mine, call
) -> None:
    """Only the command is read; a test of the tool installs nothing."""
    assert "make it again" not in call(mine, "status").text
    shutil.rmtree(mine / ".venv")
    command = [sys.executable, "-m", "venv", "--without-pip", ".venv"]
    subprocess.run(command, cwd=mine, check=True)
    pip = mine / ".venv/bin/pip"
    pip.write_text(f"#!{mine}/.venv/bin/python\nimport pip\n")
    assert "make it again" not in call(mine, "status").text
    new = clone.rename(clone.with_name("lectern of Ada"))
    for folder, words in [(new, "status"), (new / "mine", "status"), (new, "start 2")]:
        answer = call(folder, *words.split())
        said = [line for line in answer.text.splitlines() if "make it again" in line]
        assert len(said) == 1, answer.text
        assert "python3 -m venv --clear .venv && .venv/bin/python" in said[0]
        assert ("cd mine && " in said[0]) == (folder == new)
    again = f"'''exec' '{new}/mine/.venv/bin/python' \"$0\" \"$@\""
    os.truncate(new / "mine/.venv/bin/pip", 0)
    (new / "mine/.venv/bin/pip").write_text(f"#!/bin/sh\n{again}\n")
    assert "make it again" not in call(new, "status").text
