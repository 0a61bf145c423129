"""Tests of `course check`, `hint`, `solution` and `reset`."""

import json

import pytest

from course.branches.finding import annotated_tree
from course.git.command import run_git
from course.git.repository import Repository

EXERCISE = "chapters/02-second/exercises/softer"
TEST_SOFTER = b"""def test_it_is_soft() -> None:
    \"\"\"It is soft.\"\"\"
    import soft
"""
SOFTER = {
    f"{EXERCISE}/README.md": b"# Softer\n\nMake it softer.\n",
    f"{EXERCISE}/test_softer.py": TEST_SOFTER,
    f"{EXERCISE}/hint.md": b"Turn it down.\n",
    f"{EXERCISE}/solution.patch": b"diff --git a/soft.py b/soft.py\n"
    b"new file mode 100644\n--- /dev/null\n+++ b/soft.py\n@@ -0,0 +1 @@\n+soft = 1\n",
}


@pytest.fixture
def ready(mine, finish):
    """Make `mine/` the end of chapter 2, all of it committed."""
    finish(mine)
    save(mine)
    return mine


def save(folder) -> None:
    """Commit everything in a folder."""
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "--quiet", "-m", "mine")


def solve(folder) -> None:
    """Solve the exercise by hand."""
    run = folder / "run.py"
    run.write_text(run.read_text().replace(".upper()", '.upper() + "!"'))


def test_check_says_which_step_holds_and_why_not(ready, call) -> None:
    answer = call(ready, "check", "louder")
    assert answer.code == 1
    assert "not yet  The shout ends in a mark." in answer.text
    assert "it ends in D" in answer.text
    assert "holds    The shout is in capitals." in answer.text
    assert "course hint louder" in answer.text


def test_a_solved_exercise_is_recorded(ready, clone, call) -> None:
    solve(ready)
    answer = call(ready / "test", "check", "lou")
    assert answer.code == 0, answer.text
    assert answer.text.endswith("Solved.\n")
    record = json.loads((clone / ".git/course/progress.json").read_text())
    assert list(record["exercises"]) == ["2/louder"]
    assert "1 of 1" in call(clone, "status").text


def test_check_alone_lists_the_chapters_exercises(ready, call) -> None:
    answer = call(ready, "check")
    assert (answer.code, answer.text) == (1, "louder: Louder (1 of 2 steps hold)\n")
    solve(ready)
    answer = call(ready, "check")
    assert (answer.code, answer.text) == (0, "louder: Louder (solved)\n")


def test_changed_tests_prove_nothing(ready, clone, call) -> None:
    test = ready / "chapters/02-second/exercises/louder/test_louder.py"
    test.write_text(test.read_text().replace('endswith("!")', "upper()"))
    answer = call(ready, "check", "louder")
    assert "course reset louder" in answer.text
    assert not (clone / ".git/course/progress.json").exists()


def test_a_solution_on_a_checkpoints_own_branch_is_not_recorded(
    clone, course_repository, call
) -> None:
    course_repository.git("switch", "--quiet", "chapter-2")
    (clone / ".venv").symlink_to(_environment(clone))
    solve(clone)
    assert call(clone, "check", "louder").code == 0
    assert not (clone / ".git/course/progress.json").exists()


def _environment(clone):
    from course.run import environments

    return environments.create({}, clone.parent / "environment")


def test_check_without_an_environment_is_one_line(clone, course_repository, call):
    course_repository.git("switch", "--quiet", "chapter-2")
    answer = call(clone, "check", "louder")
    assert answer.code == 2
    assert "there is no environment .venv yet" in answer.text


def test_names_are_guessable_and_unknown_ones_name_what_there_is(ready, call) -> None:
    for name in ["louder", "loud", "2/louder", "2/l"]:
        assert call(ready, "hint", name).text == "Turn it up.\n"
    answer = call(ready, "hint", "luoder")
    assert answer.code == 2
    assert "did you mean louder? there are 2/louder" in answer.text
    assert call(ready, "hint", "1/louder").code == 2
    assert "no chapter 7" in call(ready, "hint", "7/louder").text


def test_a_hint_needs_no_name_where_there_is_one_exercise(ready, call) -> None:
    assert call(ready, "hint").text == "Louder\n\nTurn it up.\n"


def test_of_two_exercises_the_one_under_way_is_meant(
    course_repository, clone, call, finish
) -> None:
    for name, data in SOFTER.items():
        (clone / name).parent.mkdir(exist_ok=True)
        (clone / name).write_bytes(data)
    course_repository.git("add", "--all")
    course_repository.git("commit", "--quiet", "-m", "a second exercise")
    call(clone, "branches")
    call(clone, "start", "2")
    mine = clone / "mine"
    finish(mine)
    answer = call(mine, "hint")
    assert answer.code == 0
    assert answer.text == "course hint louder: Louder\ncourse hint softer: Softer\n"
    (mine / "soft.py").write_text("soft = 1\n")
    assert call(mine, "hint").text == "Softer\n\nTurn it down.\n"
    (mine / "soft.py").unlink()
    solve(mine)
    assert call(mine, "hint").text == "Louder\n\nTurn it up.\n"


def test_hint_and_solution_come_from_main_on_any_branch(
    clone, course_repository, call
) -> None:
    course_repository.git("switch", "--quiet", "chapter-1")
    assert call(clone, "hint", "louder").text == "Turn it up.\n"
    answer = call(clone, "solution", "louder")
    assert '+    return hello().upper() + "!"' in answer.text


def test_the_solution_is_applied_to_committed_files_only(ready, call) -> None:
    (ready / "run.py").write_text("mine\n")
    answer = call(ready, "solution", "louder", "--apply")
    assert answer.code == 2
    assert "not committed yet: run.py" in answer.text
    assert (ready / "run.py").read_text() == "mine\n"
    run_git(ready, "checkout", "--", "run.py")
    answer = call(ready / "test", "solution", "louder", "--apply")
    assert (answer.code, answer.text) == (0, "changed run.py\n")
    assert call(ready, "check", "louder").code == 0


def test_a_solution_that_does_not_fit_changes_nothing(ready, call) -> None:
    (ready / "run.py").write_text("mine\n")
    save(ready)
    answer = call(ready, "solution", "louder", "--apply")
    assert answer.code == 1
    assert "course reset louder" in answer.text
    assert (ready / "run.py").read_text() == "mine\n"


def test_reset_refuses_uncommitted_work_and_offers_the_command(ready, call) -> None:
    solve(ready)
    mine = (ready / "run.py").read_text()
    answer = call(ready, "reset", "louder")
    assert answer.code == 2
    assert "not committed yet: run.py" in answer.text
    assert "git add --all && git commit" in answer.text
    assert (ready / "run.py").read_text() == mine


@pytest.mark.parametrize("words", [["reset", "louder"], ["solution", "louder"]])
def test_a_file_that_git_ignores_is_not_overwritten_either(
    ready, clone, call, words: list[str]
) -> None:
    run_git(ready, "rm", "--quiet", "--cached", "run.py")
    run_git(ready, "commit", "--quiet", "-m", "kept out")
    with (clone / ".git/info/exclude").open("a") as file:
        file.write("run.py\n")
    (ready / "run.py").write_text("mine\n")
    answer = call(ready, *words, *(["--apply"] if words[0] == "solution" else []))
    assert answer.code == 2
    assert "not committed yet: run.py" in answer.text
    assert (ready / "run.py").read_text() == "mine\n"


def test_reset_brings_committed_files_back_and_touches_no_other(ready, call) -> None:
    before = (ready / "run.py").read_text()
    solve(ready)
    save(ready)
    (ready / "own.py").write_text("own\n")
    answer = call(ready / "test", "reset", "louder")
    assert (answer.code, answer.text) == (0, "restored run.py\n")
    assert (ready / "run.py").read_text() == before
    assert (ready / "own.py").read_text() == "own\n"
    assert "Nothing to do" in call(ready, "reset", "louder").text


def test_reset_undoes_a_solution_that_was_written_elsewhere(ready, call) -> None:
    test = ready / "test/ch02_second/test_second.py"
    before = test.read_text()
    test.write_text(before + "\n\nimport run\n")
    save(ready)
    answer = call(ready, "reset", "louder")
    assert answer.text == "restored test/ch02_second/test_second.py\n"
    assert test.read_text() == before


def test_reset_leaves_what_never_was_at_the_chapters_end(mine, call) -> None:
    answer = call(mine, "reset", "louder")
    assert answer.text == "restored run.py\n"
    assert not (mine / "test/ch02_second").exists()


def test_reset_brings_back_a_deleted_test_of_the_exercise(ready, call) -> None:
    test = ready / "chapters/02-second/exercises/louder/test_louder.py"
    test.unlink()
    answer = call(ready, "check", "louder")
    assert answer.code == 2
    assert "`course reset louder`" in answer.text
    assert call(ready, "reset", "louder").code == 0
    assert test.is_file()


def test_modes_do_not_count_where_every_file_is_executable(
    clone, ready, call, finish
) -> None:
    run_git(clone, "config", "core.fileMode", "false")
    before = call(ready, "status").text
    for tree in (clone, ready):
        for path in tree.rglob("*"):
            if path.is_file() and ".git" not in path.parts:
                path.chmod(0o777)
    assert call(ready, "status").text == before
    assert call(ready, "compare", "2").code == 0
    assert call(ready, "reset", "louder").text.startswith("Nothing to")
    solve(ready)
    assert call(ready, "check", "louder").code == 0
    save(ready)
    assert call(ready, "test").text.endswith(
        "Chapter 2 is done: its tests pass in your tree.\n"
    )
    assert call(clone, "start", "1").code == 0
    repository = Repository.find(clone)
    committed = repository.tree("HEAD")
    tree = annotated_tree(repository)
    assert {path: file.mode for path, file in tree.items()} == {
        path: file.mode for path, file in committed.items()
    }
