"""Tests of `course start`: a branch, a folder of its own, and nothing discarded."""

import multiprocessing
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values, find_dotenv

from course.git.command import run_git
from course.git.repository import Repository
from course.tree import write_folder


def git(folder, *args: str) -> str:
    """Run git in a folder and return what it printed."""
    return run_git(folder, *args).stdout.decode().strip()


def test_start_makes_a_branch_in_mine_with_text_and_environment(clone, call) -> None:
    answer = call(clone, "start", "2")
    mine = clone / "mine"
    assert answer.code == 0, answer.text
    assert git(mine, "branch", "--show-current") == "my-chapter-2"
    assert git(mine, "rev-parse", "HEAD") == git(
        clone, "rev-parse", "refs/course/start-2"
    )
    assert (mine / "chapters/02-second/README.md").is_file()
    assert not (mine / "test/ch02_second").exists()
    assert (mine / ".venv/bin/python").is_file()
    assert "cd mine" in answer.text
    assert "http://127.0.0.1:8000/chapter/second" in answer.text
    assert "mine/chapters/02-second/README.md" in answer.text


@pytest.mark.usefixtures("as_installed")
def test_start_says_how_to_call_the_tool_from_the_folder(
    clone, call, tmp_path_factory
) -> None:
    answer = call(clone, "start", "1")
    assert "\n  cd mine\n" in answer.text
    assert "\nIn there, call this tool as ../.venv/bin/course\n" in answer.text
    assert "alias" not in answer.text
    folder = tmp_path_factory.mktemp("elsewhere") / "room"
    answer = call(clone, "start", "2", "--into", str(folder))
    tool = answer.text.partition("call this tool as ")[2].partition("\n")[0]
    assert (folder / tool).resolve() == (clone / ".venv/bin/course").resolve()


def test_the_readme_of_the_readers_folder_is_about_this_folder(clone, mine) -> None:
    text = (mine / "README.md").read_text()
    assert text.startswith("# You are beginning chapter 2: The second\n")
    assert "git checkout main" not in text
    assert "chapters/02-second/README.md" in text


def test_start_says_how_to_go_on_from_ones_own_files(clone, call) -> None:
    first = call(clone, "start", "1")
    assert "go on with" not in first.text
    mine = clone / "mine"
    write_folder(Repository.find(clone).tree("refs/course/chapter-1"), mine)
    (mine / "own.py").write_text("own = 1\n")
    git(mine, "add", "--all")
    git(mine, "commit", "--quiet", "-m", "mine")
    answer = call(clone, "start", "2")
    assert "It starts from the course's own chapter 1." in answer.text
    assert "\n  git checkout my-chapter-1 -- .\n" in answer.text
    git(mine, "checkout", "my-chapter-1", "--", ".")
    assert (mine / "own.py").is_file()
    assert (mine / "run.py").is_file()
    assert "go on with" not in call(clone, "start", "2").text


def test_start_offers_no_files_of_a_chapter_that_is_not_finished(clone, call) -> None:
    call(clone, "start", "1")
    mine = clone / "mine"
    (mine / "own.py").write_text("own = 1\n")
    git(mine, "add", "--all")
    git(mine, "commit", "--quiet", "-m", "half of it")
    assert "my-chapter-1 --" not in call(clone, "start", "2").text


def test_start_leaves_the_clone_as_it_is(clone, mine) -> None:
    assert git(clone, "branch", "--show-current") == "main"
    assert git(clone, "status", "--porcelain") == ""
    assert git(mine, "status", "--porcelain") == ""


def test_chapter_1_begins_without_an_environment(clone, call) -> None:
    assert call(clone, "start", "1").code == 0
    assert not (clone / "mine" / ".venv").exists()
    assert not (clone / "mine" / "run.py").exists()
    assert not (clone / "mine" / ".env").exists()  # a bare Flask would speak of it


def test_the_command_flask_finds_no_settings_of_the_reading_room(
    clone, mine, monkeypatch
) -> None:
    (clone / ".env").write_text("DATABASE_URL=sqlite:////the/reading/rooms.db\n")
    monkeypatch.chdir(mine)
    found = Path(find_dotenv(usecwd=True))  # as Flask does
    assert found == mine.resolve() / ".env"
    assert dotenv_values(found) == {}


def test_start_keeps_the_learners_own_settings(clone, mine, call) -> None:
    (mine / ".env").write_text("LOG_DAYS=8\n")
    assert call(clone, "start", "2").code == 0
    assert (mine / ".env").read_text() == "LOG_DAYS=8\n"


def test_start_again_continues_and_keeps_uncommitted_work(clone, mine, call) -> None:
    (mine / "run.py").write_text("mine\n")
    answer = call(clone, "start", "2")
    assert answer.code == 0
    assert "Continues chapter 2" in answer.text
    assert (mine / "run.py").read_text() == "mine\n"


def test_start_switches_a_clean_mine_and_back(clone, mine, call) -> None:
    (mine / "own.py").write_text("own = 1\n")
    git(mine, "add", "--all")
    git(mine, "commit", "--quiet", "-m", "mine")
    assert call(mine, "start", "1").code == 0
    assert git(mine, "branch", "--show-current") == "my-chapter-1"
    assert not (mine / ".venv").exists()
    answer = call(mine, "start", "2")
    assert "Continues" in answer.text
    assert (mine / "own.py").read_text() == "own = 1\n"
    assert (mine / ".venv/bin/python").is_file()


@pytest.mark.parametrize("path", ["run.py", "new file.py"])
def test_start_refuses_to_switch_over_uncommitted_work(clone, mine, call, path) -> None:
    (mine / path).write_text("mine\n")
    answer = call(clone, "start", "1")
    assert answer.code == 2
    assert path in answer.text
    assert "git -C mine add --all && git -C mine commit" in answer.text
    assert (mine / path).read_text() == "mine\n"
    assert git(mine, "branch", "--show-current") == "my-chapter-2"


def test_the_offered_command_clears_the_way(clone, mine, call) -> None:
    (mine / "run.py").write_text("mine\n")
    offer = call(clone, "start", "1").text.split("`")[1]
    subprocess.run(offer, shell=True, check=True, cwd=clone, capture_output=True)  # noqa: S602
    assert call(clone, "start", "1").code == 0
    assert git(clone, "show", "my-chapter-2:run.py") == "mine"


def test_start_keeps_a_venv_of_the_readers_own(clone, call) -> None:
    assert call(clone, "start", "1").code == 0
    own = clone / "mine" / ".venv" / "own"
    own.parent.mkdir()
    own.touch()
    assert call(clone, "start", "1").code == 0
    assert own.exists()


def test_an_environment_that_fails_changes_nothing(
    clone, call, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(clone, "start", "1").code == 0
    mine = clone / "mine"
    (mine / ".venv").mkdir()
    (mine / ".venv" / "own").touch()

    def fail(*args: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("course.run.environments.create", fail)
    with pytest.raises(OSError, match="no network"):
        call(clone, "start", "2")
    assert git(mine, "branch", "--show-current") == "my-chapter-1"
    assert (mine / ".venv" / "own").exists()


def test_start_refuses_commits_that_no_branch_holds(clone, mine, call) -> None:
    git(mine, "switch", "--quiet", "--detach")
    git(mine, "commit", "--quiet", "--allow-empty", "-m", "lost")
    answer = call(clone, "start", "1")
    assert answer.code == 2
    assert "git -C mine switch -c" in answer.text


def test_start_into_another_folder_with_a_space(clone, tmp_path, call) -> None:
    folder = tmp_path / "my own room"
    answer = call(clone, "start", "2", "--into", str(folder))
    assert answer.code == 0, answer.text
    assert git(folder, "branch", "--show-current") == "my-chapter-2"
    assert "cd '" in answer.text
    assert not (clone / "mine").exists()


def test_start_works_inside_mine_and_from_chapter_branches(clone, mine, call) -> None:
    git(clone, "switch", "--quiet", "chapter-1")
    assert call(clone / "test", "start", "1").code == 0
    assert git(mine, "branch", "--show-current") == "my-chapter-1"
    assert call(mine, "start", "2").code == 0
    assert not (mine / "mine").exists()


def test_start_continues_what_was_pushed_from_another_machine(
    clone, mine, call, tmp_path
) -> None:
    (mine / "own.py").write_text("own = 1\n")
    git(mine, "add", "--all")
    git(mine, "commit", "--quiet", "-m", "mine")
    second = tmp_path / "second"
    git(clone, "clone", "--quiet", str(clone), str(second))
    answer = call(second, "start", "2")
    assert "Continues chapter 2" in answer.text
    assert (second / "mine/own.py").is_file()


def test_start_goes_to_where_the_branch_is_open(clone, tmp_path, call) -> None:
    elsewhere = tmp_path / "elsewhere"
    call(clone, "start", "2", "--into", str(elsewhere))
    answer = call(clone, "start", "2")
    assert answer.code == 0
    assert "elsewhere" in answer.text
    assert not (clone / "mine").exists()
    refused = call(clone, "start", "2", "--into", str(tmp_path / "third"))
    assert refused.code == 2
    assert "elsewhere: continue there" in refused.text


def test_start_finishes_what_a_killed_one_left(clone, call) -> None:
    call(clone, "start", "2")
    mine = clone / "mine"
    admin = clone / ".git" / "worktrees" / "mine"
    (admin / "index").unlink()
    (admin / "index.lock").touch()
    (admin / "locked").write_text("initializing\n")
    (mine / "run.py").unlink()
    answer = call(clone, "start", "2")
    assert answer.code == 0, answer.text
    assert git(mine, "status", "--porcelain") == ""
    shutil.rmtree(mine)
    (admin / "locked").write_text("initializing\n")
    assert call(clone, "start", "2").code == 0
    assert (mine / "run.py").is_file()


def test_a_half_made_environment_is_made_again(
    clone, call, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = multiprocessing.get_context("fork").Process(
        target=_start_and_die, args=(clone, call, monkeypatch)
    )
    killed.start()
    killed.join()
    mine = clone / "mine"
    assert (mine / ".venv").is_dir()
    assert not (mine / ".venv" / "bin").exists()
    assert call(clone, "start", "2").code == 0
    assert (mine / ".venv" / "bin" / "python").is_file()


def _start_and_die(clone, call, monkeypatch) -> None:
    """Start chapter 2 and end, as kill -9 does, while the environment is made."""

    def die(tree: object, folder: Path) -> None:
        folder.mkdir()
        os._exit(9)

    monkeypatch.setattr("course.run.environments.create", die)
    call(clone, "start", "2")


def test_start_refuses_a_folder_that_holds_something(clone, tmp_path, call) -> None:
    (clone / "mine").mkdir()
    (clone / "mine" / "letter.txt").write_text("dear")
    answer = call(clone, "start", "2")
    assert answer.code == 2
    assert "mine is not empty" in answer.text
    assert git(clone, "branch", "--list", "my-*") == ""
    (tmp_path / "file").touch()
    assert call(clone, "start", "2", "--into", str(tmp_path / "file")).code == 2


def test_start_refuses_a_folder_inside_a_work_tree(clone, mine, call) -> None:
    for folder in (mine / "deeper" / "still", clone / "other", clone):
        answer = call(clone, "start", "1", "--into", str(folder))
        assert answer.code == 2, answer.text
        assert answer.text.count("\n") == 1
    assert not (clone / "other").exists()


def test_start_writes_missing_chapter_branches(course_repository, call) -> None:
    answer = call(course_repository.root, "start", "1")
    assert answer.code == 0, answer.text
    assert "writing the chapter branches" in answer.text
    assert course_repository.sha("refs/heads/chapter-2")


def test_an_unknown_chapter_is_one_line(clone, call) -> None:
    answer = call(clone, "start", "9")
    assert answer.code == 2
    assert answer.text.startswith("course: there is no chapter 9: the course has 1")


def test_start_under_a_hostile_configuration(clone, hostile_git, call) -> None:
    answer = call(clone, "start", "2")
    assert answer.code == 0, answer.text
    assert not hostile_git.exists()
    assert b"\r" not in (clone / "mine" / "run.py").read_bytes()


def test_work_in_this_very_folder_is_told_in_the_words_of_who_stands_there(
    mine, call
) -> None:
    (mine / "own.py").write_text("x = 1\n")
    answer = call(mine, "start", "1")
    assert answer.code == 2
    assert "this folder has work that is not committed (own.py)" in answer.text
    assert "`git add --all && git commit -m 'My work'`, then `course start 1`" in (
        answer.text
    )


def test_lines_that_somebody_excluded_stay_byte_for_byte(clone, call) -> None:
    exclude = clone / ".git/info/exclude"
    own = b"# caf\xe9\nown/"  # Latin-1, and no newline at its end
    exclude.write_bytes(own)
    assert call(clone, "start", "1").code == 0
    assert exclude.read_bytes().startswith(own + b"\n")
    assert b"\nmine/\n" in exclude.read_bytes()
    after = exclude.read_bytes()
    assert call(clone, "start", "1").code == 0
    assert exclude.read_bytes() == after
