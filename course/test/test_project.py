"""Tests of `course new`: a project of the reader's own."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import COURSE

from course.branches.writing import write_branches
from course.errors import UsageError
from course.git.command import run_git
from course.git.repository import Repository
from course.learner.clone import Clone
from course.learner.project import Project, make_project, own_tree, slug_of
from course.tree import EXECUTABLE, File, read_folder, write_folder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(course_repository, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """Make a clone of the sample course with a licence and its branches."""
    course_repository.commit(
        {
            "LICENSE": "MIT\n\nCopyright (c) 2026 The Lectern authors\n\nTerms\n",
            ".gitignore": "*.log\n",
            "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n'
            'addopts = ["--import-mode=importlib", "-p", "no:cacheprovider"]\n',
            "app.py": 'NAME = "Lectern"\nLOG = "lectern.log"\nKEY = "LECTERN_KEY"\n',
            "app.toml": 'name = "lectern"\n',
            "chapters/01-first/chapter.toml": MANIFEST,
        }
    )
    root = course_repository.root
    write_branches(Repository.find(root), "refs/heads/main")
    monkeypatch.chdir(root)
    return Clone.here(root)


MANIFEST = """\
title = "The first chapter"
concept = "being first"
shows = "it says first"
minutes = [10]
files = [".gitattributes", "run.py", "static/", "requirements.txt", "constraints.txt",
    "test/conftest.py", "LICENSE", ".gitignore", "pyproject.toml", "app.py", "app.toml"]
"""


def git(project: Project, *args: str) -> str:
    """Run git in a project and return what it printed."""
    return run_git(project.folder, *args).stdout.decode().strip()


def test_a_project_has_its_own_history_of_one_commit(clone, tmp_path) -> None:
    project = make_project(clone, tmp_path / "books", 2, None)
    assert git(project, "log", "--format=%an %ae %cn: %s") == (
        "Test Reader reader@example.org Test Reader: Begin books"
    )
    assert git(project, "branch", "--show-current") == "main"
    assert git(project, "status", "--porcelain") == ""
    assert project.author.known


def test_nothing_of_the_course_is_left(clone, tmp_path) -> None:
    project = make_project(clone, tmp_path / "books", 3, "My Books")
    tree = read_folder(project.folder)
    assert [path for path in tree if path.startswith("chapters/")] == [
        "chapters/01-welcome/2-second-page.md",
        "chapters/01-welcome/README.md",
    ]
    for path, file in tree.items():
        text = file.data.decode("utf-8", "replace").lower()
        assert path == "README.md" or "lectern" not in text, path
        assert "region chapter" not in text
        assert "ch01_" not in path
    assert tree["app.py"].data == (
        b'NAME = "My Books"\nLOG = "my_books.log"\nKEY = "MY_BOOKS_KEY"\n'
    )
    assert tree["app.toml"].data == b'name = "my-books"\n'
    assert tree["README.md"].data.startswith(b"# My Books\n")


def test_its_licence_is_given_by_the_reader(clone, tmp_path) -> None:
    project = make_project(clone, tmp_path / "books", 1, None)
    lines = (project.folder / "LICENSE").read_text().splitlines()
    year = datetime.now(UTC).year
    assert lines == [
        "MIT",
        "",
        f"Copyright (c) {year} Test Reader",
        "",
        "Terms",
    ]


def test_modes_links_and_binary_files_come_along(clone, tmp_path) -> None:
    project = make_project(clone, tmp_path / "a place" / "books", 3, None)
    checkpoint, tree = clone.checkpoint(3), read_folder(project.folder)
    assert tree["run.py"].mode == EXECUTABLE
    for path in checkpoint:
        if path.startswith("static/"):
            assert tree[path] == checkpoint[path]


def test_tests_find_what_they_share_under_its_new_name() -> None:
    shares = b"from ch03_auth.attacks import Attacks\nimport ch03_auth.attacks\n"
    tree = own_tree({"test/ch03_auth/test_a.py": File(shares)}, "books")
    text = b"from on_auth.attacks import Attacks\nimport on_auth.attacks\n"
    assert tree["test/on_auth/test_a.py"].data == text


def test_its_data_stays_in_place_when_it_gets_more_chapters(tmp_path) -> None:
    ask = (
        "import sys; from pathlib import Path; "
        "from apps.settings.configuration import instance_folder; "
        "print(*(instance_folder(Path(root)) for root in sys.argv[1:]), sep='\\n')"
    )
    write_folder(own_tree({}, "books"), tmp_path)
    (tmp_path / "chapters" / "02-more").mkdir()
    command = [sys.executable, "-c", ask, tmp_path, ROOT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    own, ours = done.stdout.splitlines()
    assert own == str(tmp_path / "instance")
    assert ours.startswith(f"{ROOT}/instance/chapter-")


@pytest.mark.usefixtures("plain_pytest")
def test_its_tests_pass(clone, tmp_path) -> None:
    project = make_project(clone, tmp_path / "books", 3, None)
    command = [sys.executable, "-m", "pytest", "-q", "test"]
    done = subprocess.run(command, cwd=project.folder, capture_output=True, check=False)
    assert b"3 passed" in done.stdout, done.stdout.decode()


def test_it_says_what_it_does_not_defend_against(clone, tmp_path) -> None:
    project = make_project(clone, tmp_path / "books", 1, None)
    assert [
        (weakness, chapter and chapter.number)
        for weakness, chapter in project.weaknesses
    ] == [
        ("Nothing says second.", 2),
        ("Nothing says third.", 3),
    ]
    assert "- Nothing says third." in (project.folder / "README.md").read_text()
    last = make_project(clone, tmp_path / "last", 3, None)
    assert last.weaknesses == ()
    assert "no promise" in (last.folder / "README.md").read_text()


def test_without_an_identity_a_neutral_one_is_used(
    clone, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    project = make_project(clone, tmp_path / "books", 1, None)
    assert not project.author.known
    assert git(project, "log", "--format=%an %ae") == (
        "The authors of books books@localhost"
    )


def test_a_taken_folder_is_refused_and_left_alone(clone, tmp_path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    for taken in (folder, folder / "letter.txt"):
        with pytest.raises(UsageError, match="is taken"):
            make_project(clone, taken, 1, "books")
    assert os.listdir(folder) == ["letter.txt"]


def test_an_empty_folder_is_welcome(clone, tmp_path) -> None:
    (tmp_path / "books").mkdir()
    assert make_project(clone, tmp_path / "books", 1, None).folder.is_dir()


def test_a_folder_inside_the_clone_is_refused(clone) -> None:
    for inside in ("books", ".git/books", "static/books"):
        with pytest.raises(UsageError, match="inside the course's clone"):
            make_project(clone, clone.repository.root / inside, 1, None)


@pytest.mark.parametrize("name", ["", "1st", "a/b", 'say "x"', "x" * 61, "a\nb"])
def test_a_name_that_is_none_is_refused(clone, tmp_path, name: str) -> None:
    with pytest.raises(UsageError, match="no name for a project"):
        make_project(clone, tmp_path / "books", 1, name)
    assert not (tmp_path / "books").exists()


def test_a_failure_leaves_nothing_behind(
    clone, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("course.learner.project.write_folder", fail)
    room = tmp_path / "room"
    room.mkdir()
    with pytest.raises(OSError, match="full"):
        make_project(clone, room / "books", 1, None)
    assert os.listdir(room) == []


def test_a_hostile_configuration_changes_nothing(clone, tmp_path, hostile_git) -> None:
    project = make_project(clone, tmp_path / "books", 3, None)
    assert not hostile_git.exists()
    committed = Repository.find(project.folder).tree("HEAD")
    assert committed == read_folder(project.folder)


def test_names_are_spelt_as_addresses() -> None:
    assert slug_of("Zoë's  Books 2", "-") == "zoe-s-books-2"
    assert slug_of("книги") == "app"


def test_the_checkpoint_itself_stays_as_it_was() -> None:
    checkpoint = {"a.py": File(b"lectern"), "chapters/01-x/README.md": File(b"x")}
    own_tree(checkpoint, "books")
    assert checkpoint["a.py"].data == b"lectern"


def test_the_command_tells_how_to_go_on(clone, tmp_path: Path) -> None:
    command = [*COURSE, "new", "--chapter", "1"]
    done = subprocess.run(
        [*command, str(tmp_path / "books")],
        cwd=clone.repository.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "What it does not yet defend against:" in done.stdout
    assert "  - Nothing says second. (chapter 2, second)" in done.stdout
