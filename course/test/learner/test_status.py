"""Tests of `course status`: from any branch, work tree and folder."""

import json
import shutil

import pytest

from course.git.command import run_git
from course.git.repository import Repository
from course.learner.progress import record_chapter


def test_status_lists_chapters_with_minutes_and_exercises(clone, call) -> None:
    answer = call(clone, "status")
    assert answer.code == 0
    rows = [line.split() for line in answer.text.splitlines()]
    assert ["1", "The", "first", "1", "20"] in rows
    assert ["2", "The", "second", "1", "10", "0", "of", "1"] in rows
    assert "on main." in answer.text
    assert "Next: course start 1" in answer.text


def test_status_is_the_same_course_on_a_chapter_branch_and_in_a_sub_folder(
    clone, course_repository, call
) -> None:
    course_repository.git("switch", "--quiet", "chapter-1")
    answer = call(clone / "test" / "ch01_first", "status")
    assert "second" in answer.text
    assert "on chapter-1, chapter 1." in answer.text


def test_status_reads_no_work_tree(clone, call) -> None:
    shutil.rmtree(clone / "chapters")
    assert "The second" in call(clone, "status").text


def test_status_says_where_my_own_trees_are(clone, mine, call) -> None:
    assert "my-chapter-2 is in mine." in call(clone, "status").text
    (mine / "new.py").write_text("")
    inside = call(mine, "status").text
    assert "on my-chapter-2, chapter 2." in inside
    assert "1 file is not committed." in inside
    assert "Next: course compare (how far you are), course test 2\n" in inside


def test_after_beginning_in_the_middle_one_goes_on_there(
    clone, mine, finish, call
) -> None:
    going_on = "Next: course start 2 (goes on with your chapter)\n"
    assert going_on in call(clone, "status").text
    finish(mine)
    assert call(mine, "test").code == 0
    end = "You are at the course's end; chapter 1 is not done: course start 1\n"
    assert end in call(clone, "status").text
    assert "Next" not in call(clone, "status").text


def test_what_comes_next_is_after_what_is_done(clone, call) -> None:
    manifest = clone / "chapters/02-second/chapter.toml"
    third = clone / "chapters/03-third"
    third.mkdir()
    (third / "chapter.toml").write_text(manifest.read_text().replace("second", "third"))
    (third / "README.md").write_text("# Chapter 3: The third\n")
    run_git(clone, "add", "--all")
    run_git(clone, "commit", "--quiet", "-m", "three")
    record_chapter(Repository.find(clone), 2)
    assert "Next: course start 3\n" in call(clone, "status").text


def test_status_passes_over_a_deleted_work_tree(clone, mine, call) -> None:
    shutil.rmtree(mine)
    answer = call(clone, "status")
    assert answer.code == 0
    assert "my-chapter-2" not in answer.text


def test_status_in_a_detached_head(clone, course_repository, call) -> None:
    course_repository.git("switch", "--quiet", "--detach", "chapter-2")
    assert "detached HEAD), chapter 2." in call(clone, "status").text


def test_status_outside_a_repository_is_one_line(tmp_path, call) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    answer = call(folder, "status")
    assert answer.code == 2
    assert answer.text.count("\n") == 1


def test_status_takes_a_spoilt_record_for_an_empty_one(clone, call) -> None:
    record = clone / ".git" / "course" / "progress.json"
    for spoilt in ["{", "[]", json.dumps({"chapters": {"x": 1}, "exercises": {}})]:
        record.write_text(spoilt)
        assert "Next: course start 1" in call(clone, "status").text


def test_status_shows_what_is_done(clone, mine, finish, call) -> None:
    finish(mine)
    assert call(mine, "test").code == 0
    rows = [line.split() for line in call(mine, "status").text.splitlines()]
    assert ["2", "The", "second", "1", "10", "yes", "0", "of", "1"] in rows


def test_a_line_of_the_table_has_at_most_80_characters(clone, call) -> None:
    manifest = clone / "chapters/02-second/chapter.toml"
    title = ("A title " * 12).strip()
    manifest.write_text(manifest.read_text().replace("The second", title))
    readme = manifest.with_name("README.md")
    readme.write_text(readme.read_text().replace("The second", title, 1))
    run_git(clone, "commit", "--quiet", "--all", "-m", "long")
    table = call(clone, "status").text.partition("\n\n")[0].splitlines()
    assert "A title A title" in table[2]
    assert max(map(len, table)) <= 80


@pytest.mark.usefixtures("as_installed")
def test_what_is_next_can_be_typed_as_it_is_printed(clone, mine, call) -> None:
    tool = "../.venv/bin/course"
    words = f"Next: {tool} compare (how far you are), {tool} test 2\n"
    assert call(mine, "status").text.endswith(words)
    words = "Next: .venv/bin/course start 2 (goes on with your chapter)\n"
    assert call(clone, "status").text.endswith(words)
