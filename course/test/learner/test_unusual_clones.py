"""Clones that were made in an unusual way: the tool works in each, or says what to do.

The clone's own folder cannot be told from the name of its git folder in most of them.
"""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from course.git.command import run_git


def git(folder: Path, *args: str) -> str:
    """Run git in a folder and return what it printed."""
    return run_git(folder, *args).stdout.decode().strip()


def separate(origin: Path, place: Path) -> Path:
    """Clone with the git folder elsewhere; its name says nothing of the clone."""
    git(
        origin,
        "clone",
        "--quiet",
        f"--separate-git-dir={place}/kept.git",
        *at(origin, place),
    )
    return place / "lectern"


def submodule(origin: Path, place: Path) -> Path:
    """Make the course a submodule of another repository."""
    top = place / "top"
    top.mkdir()
    git(top, "init", "--quiet")
    file = ["-c", "protocol.file.allow=always"]
    git(top, *file, "submodule", "--quiet", "add", str(origin), "books/lectern")
    return top / "books/lectern"


def bare(origin: Path, place: Path) -> Path:
    """Clone a bare repository, with main in a work tree of its own."""
    git(origin, "clone", "--quiet", "--bare", str(origin), str(place / "lectern.git"))
    git(
        place / "lectern.git",
        "worktree",
        "add",
        "--quiet",
        str(place / "zmain"),
        "main",
    )
    return place / "zmain"


def hidden_bare(origin: Path, place: Path) -> Path:
    """Clone a bare repository into a folder that holds all its work trees."""
    git(origin, "clone", "--quiet", "--bare", str(origin), str(place / ".bare"))
    (place / ".git").write_text("gitdir: ./.bare\n")
    git(place, "worktree", "add", "--quiet", str(place / "main"), "main")
    return place / "main"


def shallow(origin: Path, place: Path) -> Path:
    """Clone the last commit alone."""
    git(
        origin, "clone", "--quiet", "--depth=1", origin.as_uri(), str(place / "lectern")
    )
    return place / "lectern"


def odd_path(origin: Path, place: Path) -> Path:
    """Clone into a path of all that people put into names, reached by a link."""
    folder = place / "Ada's 100% caf\u00e9 \u65e5\u672c" / "lectern"
    git(origin, "clone", "--quiet", str(origin), str(folder))
    (place / "link").symlink_to(folder)
    return place / "link"


def at(origin: Path, place: Path) -> list[str]:
    """Return the arguments of a plain clone."""
    return [str(origin), str(place / "lectern")]


@pytest.mark.parametrize(
    "make", [separate, submodule, bare, hidden_bare, shallow, odd_path]
)
def test_a_chapter_is_begun_and_continued(clone, call, tmp_path, make) -> None:
    place = tmp_path / "place"
    place.mkdir()
    home = make(clone, place)
    answer = call(home, "start", "1")
    assert answer.code == 0, answer.text
    mine = home / "mine"
    assert git(mine, "branch", "--show-current") == "my-chapter-1"
    assert git(home, "status", "--porcelain") == ""
    for folder in (home, mine):
        answer = call(folder, "status")
        assert answer.code == 0, answer.text
        answer = call(folder, "start", "1")
        assert "Continues chapter 1" in answer.text
    answer = call(mine, "start", "2")
    assert answer.code == 0, answer.text
    assert git(mine, "branch", "--show-current") == "my-chapter-2"
    assert call(mine, "compare", "2").code == 1
    inside = call(mine, "start", "1", "--into", str(home / "deeper"))
    assert inside.code == 2, inside.text
    assert call(home, "branches").code == 0


@pytest.mark.parametrize("make", [separate, submodule])
def test_a_deleted_folder_is_told_in_them_too(clone, call, tmp_path, make) -> None:
    (tmp_path / "place").mkdir()
    home = make(clone, tmp_path / "place")
    call(home, "start", "1")
    (home / "mine").rename(tmp_path / "room")
    assert "which is not there" in call(home, "start", "1").text
    assert call(home, "start", "1", "--into", str(tmp_path / "room")).code == 0
    assert call(tmp_path / "room", "status").code == 0


def test_a_work_tree_that_git_does_not_find_is_one_line(clone, call, tmp_path) -> None:
    (tmp_path / "elsewhere").mkdir()
    git(clone, "config", "core.worktree", str(tmp_path / "elsewhere"))
    answer = call(clone, "status")
    assert answer.code == 2
    assert "git config --unset core.worktree" in answer.text
    assert answer.text.count("\n") == 1
    git(clone, "config", "--unset", "core.worktree")
    assert call(clone, "status").code == 0


def test_variables_that_hooks_have_lead_nowhere_else(
    clone, call, tmp_path, monkeypatch
) -> None:
    other = tmp_path / "other"
    git(tmp_path, "init", "--quiet", str(other))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    monkeypatch.setenv("GIT_PREFIX", "deeper/")
    answer = call(clone, "start", "2")
    assert answer.code == 0, answer.text
    assert (clone / "mine/run.py").is_file()
    assert call(clone / "mine", "compare", "2").code == 1
    assert not (other / "index").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_clone_of_another_user_is_one_line_that_helps(clone, call, tmp_path) -> None:
    subprocess.run(["chown", "-R", "nobody", clone], check=True)
    answer = call(clone / "chapters", "status")
    if answer.code == 0:
        pytest.skip("this git trusts everybody's clones, as all did before 2.35.2")
    assert answer.text.count("\n") == 1
    command = answer.text.partition("to trust it: ")[2]
    subprocess.run(shlex.split(command), check=True)
    assert call(clone / "chapters", "status").code == 0
