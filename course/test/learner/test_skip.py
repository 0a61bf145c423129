"""Tests of `course skip`: the text's files after a step, and nothing lost."""

from dataclasses import replace

from course.git.command import run_git
from course.learner.comparison import ChapterText
from course.tree import File


def test_a_skipped_step_leaves_the_files_that_typing_it_leaves(mine, call) -> None:
    answer = call(mine, "skip", "2.2")
    assert answer.code == 0, answer.text
    assert "wrote run.py\n" in answer.text
    assert "Your files are the text's at step 2.2 (another name)." in answer.text
    assert "at step 2.2 (another name)" in call(mine, "compare").text
    assert call(mine, "compare", "2.2").code == 0
    assert "Nothing to do" in call(mine, "skip", "2.2").text


def test_the_steps_after_it_can_be_typed(mine, finish, call) -> None:
    assert call(mine, "skip", "2.2").code == 0
    finish(mine)
    assert "at the end of chapter 2" in call(mine, "compare").text


def test_the_tests_that_a_part_fetches_at_its_end_come_along(
    mine, call, monkeypatch
) -> None:
    at = ChapterText.at

    def at_the_end_of_a_part(text, step):
        point = at(text, step)
        tree = {**point.tree, "test/test_old.py": File(b"old\n")}
        more = {"test/test_run.py": File(b"run\n"), "later.py": File(b"later\n")}
        more["test/test_old.py"] = File(b"changed\n")
        return replace(point, tree=tree, others=({**tree, **more},))

    monkeypatch.setattr(ChapterText, "at", at_the_end_of_a_part)
    answer = call(mine, "skip", "2.2")
    assert "wrote test/test_run.py\n" in answer.text
    assert (mine / "test/test_run.py").read_bytes() == b"run\n"
    assert (mine / "test/test_old.py").read_bytes() == b"changed\n"
    assert not (mine / "later.py").exists()
    assert call(mine, "compare", "2.2").code == 0


def test_what_the_text_does_not_change_stays(mine, call) -> None:
    (mine / "own.py").write_text("x = 1\n")
    assert call(mine, "skip", "2.2").code == 0
    assert (mine / "own.py").read_text() == "x = 1\n"


def test_work_that_no_commit_holds_is_never_overwritten(mine, call) -> None:
    run = mine / "run.py"
    run.write_text("mine = True\n")
    answer = call(mine, "skip", "2.2")
    assert (answer.code, run.read_text()) == (2, "mine = True\n")
    assert "not committed yet: run.py" in answer.text
    run_git(mine, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "own")
    assert call(mine, "skip", "2.2").code == 0
    assert run.read_text() != "mine = True\n"


def test_it_asks_for_a_step_of_the_chapter_that_is_begun(mine, clone, call) -> None:
    for point, message in [
        ("2", "write a chapter and a step, such as 2.3"),
        ("2.9", "chapter 2 has no step 9: it has 1 to 3"),
        ("1.1", "this folder is at chapter 2, not at chapter 1"),
    ]:
        answer = call(mine, "skip", point)
        assert answer.code == 2
        assert message in answer.text
    assert "this is main" in call(clone, "skip", "2.2").text


def test_what_the_part_removes_at_its_end_is_left_out(mine, call, monkeypatch) -> None:
    with_programs_for_trying(monkeypatch)
    answer = call(mine, "skip", "2.2")
    assert "wrote run.py\n" in answer.text
    assert "try.py" not in answer.text
    assert not (mine / "try.py").exists()


def test_what_the_text_has_removed_goes_unless_it_was_changed(
    mine, call, monkeypatch
) -> None:
    with_programs_for_trying(monkeypatch)
    (mine / "try.py").write_bytes(b"try\n")
    (mine / "early.py").write_bytes(b"early, and my own idea\n")
    answer = call(mine, "skip", "2.2")
    assert "deleted try.py\n" in answer.text
    assert not (mine / "try.py").exists()
    assert (mine / "early.py").exists()
    (mine / "early.py").write_bytes(b"early\n")
    assert "deleted early.py\n" in call(mine, "skip", "2.2").text
    assert "Nothing to do" in call(mine, "skip", "2.2").text


def with_programs_for_trying(monkeypatch) -> None:
    """Let step 2 have a file that its part removes, and step 1 one that step 2 does."""
    begun = ChapterText.__init__

    def begin(text, clone, number):
        begun(text, clone, number)
        for step, path in [(1, "early.py"), (2, "try.py")]:
            point = text.points[step]
            more = {path: File(path.removesuffix(".py").encode() + b"\n")}
            tree = {**point.tree, **more}
            removed = frozenset(more) if step == 2 else frozenset()
            text.points[step] = replace(point, tree=tree, removed=removed)

    monkeypatch.setattr(ChapterText, "__init__", begin)


def test_it_says_that_no_command_was_run(mine, call) -> None:
    last = call(mine, "skip", "2.2").text.splitlines()[-1]
    assert last == (
        "Commands were not run, so the database got no rows of the skipped parts."
    )


def test_in_the_clone_it_says_where_the_chapter_is(clone, call) -> None:
    assert "begin with `course start 1`" in call(clone, "skip", "2.2").text
    assert call(clone, "start", "2").code == 0
    answer = call(clone, "skip", "2.2")
    assert (answer.code, answer.text) == (
        2,
        "course: this is main: `cd mine` first\n",
    )
