"""Tests of `course compare`: where is my typo?"""

import pytest

from course.text.comparison import Difference
from course.tree import EXECUTABLE, File


def test_the_beginning_is_the_texts_beginning(mine, call) -> None:
    answer = call(mine, "compare")
    assert (answer.code, answer.text) == (
        0,
        "Your files match the text at the beginning of chapter 2.\n",
    )
    assert call(mine, "compare", "2.0").code == 0


def test_a_finished_tree_is_the_chapters_end(mine, finish, call) -> None:
    finish(mine)
    (mine / "README.md").write_text("# My own\n")
    (mine / ".venv" / "ignored").touch()
    for arguments in [(), ("2",), ("2.3",)]:
        answer = call(mine / "test", "compare", *arguments)
        assert answer.code == 0, answer.text
    assert "at the end of chapter 2" in call(mine, "compare").text


def test_a_typo_is_named_with_its_line_and_shown(mine, finish, call) -> None:
    finish(mine)
    run = mine / "run.py"
    run.write_text(run.read_text().replace("NAMES[-1]", "NAMES[1]"))
    answer = call(mine, "compare")
    assert answer.code == 1
    assert "1 file differs from the text at the end of chapter 2:" in answer.text
    assert (
        'run.py: line 13: the text has `return "hello " + NAMES[-1]`, '
        'you have `return "hello " + NAMES[1]`'
    ) in answer.text
    assert '-    return "hello " + NAMES[-1]\n+    return "hello "' in answer.text


def test_the_nearest_step_is_found_in_the_middle(mine, finish, clone, call) -> None:
    finish(mine)
    run = mine / "run.py"
    text = run.read_text()
    before, _, rest = text.partition("def shout")
    run.write_text(before + rest.partition("\n\n\n")[2])
    assert "at step 2.2 (another name)" in call(mine, "compare").text
    run.write_text(run.read_text().replace('"second"', '"secnd"'))
    answer = call(mine, "compare")
    assert answer.code == 1
    assert 'the text has `"second",`, you have `"secnd",`' in answer.text


LOOKING = """## Run it

```console
$ git checkout chapter-2 -- other.py
```

## Step 2: look at it

```console
$ python run.py
hello first
```

## Step 3: another name"""


def test_the_step_that_is_named_is_one_that_changes_a_file(
    course_repository, clone, finish, call
) -> None:
    path, manifest = (f"chapters/02-second/{n}" for n in ("README.md", "chapter.toml"))
    text = (clone / path).read_text().replace("## Step 3: shout", "## Step 4: shout")
    claims = (clone / manifest).read_text().replace("[]", '["other.py"]', 1)
    text = text.replace("## Step 2: another name", LOOKING)
    course_repository.commit({path: text, manifest: claims, "other.py": "x = 1\n"})
    mine = clone / "mine"
    for arguments in [("branches",), ("start", "2")]:
        assert call(clone, *arguments).code == 0
    run = (mine / "run.py").read_text()
    finish(mine)
    for own, code in [(run, 0), (run.replace("first", "frist"), 1)]:
        (mine / "run.py").write_text(own)
        answer = call(mine, "compare")
        assert answer.code == code
        assert "at step 2.1 (fetch the tests)" in answer.text
        assert "at step 2.2 (look at it)" in call(mine, "compare", "2.2").text


def test_a_step_whose_file_goes_again_is_not_named_before_it_is_done(
    clone, mine, finish, course_repository, call
) -> None:
    text = clone / "chapters/02-second/README.md"
    moment = "## Step 3: for a moment\n\n`late.py`, a new file:\n\n"
    moment += "```python\nLATE = 1\n```\n"
    tidy = "\n## Tidy up\n\n```console\n$ rm late.py\n```\n\n## Step 4: shout"
    changed = text.read_text().replace("## Step 3: shout", moment + tidy)
    course_repository.commit({"chapters/02-second/README.md": changed})
    assert call(clone, "branches").code == 0
    finish(mine)
    run = mine / "run.py"
    before, _, rest = run.read_text().partition("def shout()")
    run.write_text(before + rest[rest.index("if __name__") :])
    assert "step 2.2 (another name)" in call(mine, "compare").text
    (mine / "late.py").write_text("LATE = 1\n")
    assert "step 2.3 (for a moment)" in call(mine, "compare").text


def test_missing_and_extra_files_are_named(mine, finish, call) -> None:
    finish(mine)
    (mine / "run.py").rename(mine / "runn.py")
    answer = call(mine, "compare", "2")
    assert answer.code == 1
    assert "  run.py: is missing" in answer.text
    assert "  runn.py: is not in the text (yet)" in answer.text


def test_what_python_leaves_behind_is_no_difference(clone, call) -> None:
    call(clone, "start", "1")
    left = clone / "mine" / "__pycache__" / "run.pyc"
    left.parent.mkdir()
    left.touch()
    assert call(clone / "mine", "compare").code == 0


@pytest.mark.parametrize(
    "left", [".idea/x.xml", ".vscode/s.json", ".DS_Store", "test/a.py~", ".run.py.swp"]
)
def test_what_editors_and_desktops_leave_is_no_difference(
    mine, finish, call, left: str
) -> None:
    finish(mine)
    (mine / left).parent.mkdir(exist_ok=True)
    (mine / left).write_text("x")
    assert call(mine, "compare", "2").code == 0


def test_modes_do_not_count_where_the_file_system_has_none(
    mine, finish, call, course_repository
) -> None:
    finish(mine)
    (mine / "run.py").chmod(0o755)
    assert "must not be executable" in call(mine, "compare", "2").text
    course_repository.git("config", "core.fileMode", "false")
    assert call(mine, "compare", "2").code == 0


def test_a_try_that_was_left_in_is_named(mine, finish, call) -> None:
    finish(mine)
    run = mine / "run.py"
    run.write_text(run.read_text().replace("hello().upper()", "hello().lower()"))
    answer = call(mine, "compare")
    assert answer.code == 1
    words = "run.py: the `try this` from line 39 of README.md is still there: undo it"
    assert words in answer.text


def test_files_that_commands_of_the_text_make_for_the_moment_do_not_count(
    mine, finish, call
) -> None:
    finish(mine)
    for name in ("shout.txt", "whisper.txt"):
        (mine / name).write_text("x\n")
    answer = call(mine, "compare")
    assert "whisper.txt: is not in the text (yet)" in answer.text
    assert "shout.txt" not in answer.text


def test_compare_from_chapter_branches(course_repository, clone, call) -> None:
    course_repository.git("switch", "--quiet", "chapter-2")
    assert call(clone, "compare").code == 0
    assert call(clone, "compare", "2.1").code == 1
    course_repository.git("switch", "--quiet", "chapter-1")
    assert call(clone, "compare", "1").code == 0


def test_own_commits_on_a_chapter_branch_do_not_move_the_goal(
    course_repository, clone, call
) -> None:
    course_repository.git("switch", "--quiet", "chapter-2")
    course_repository.commit({"run.py": "print('mine')\n"})
    assert call(clone, "compare", "2").code == 1


@pytest.mark.parametrize("point", ["x", "2.x", "2.", ".2", "-1", "2.3.4"])
def test_a_point_that_is_none_is_bad_use(mine, call, point) -> None:
    assert call(mine, "compare", "--", point).code == 2


def test_unknown_chapters_and_steps_are_one_line(mine, call) -> None:
    assert "there is no chapter 9" in call(mine, "compare", "9.1").text
    answer = call(mine, "compare", "2.7")
    assert (answer.code, answer.text) == (
        2,
        "course: chapter 2 has no step 7: it has 1 to 3\n",
    )


def test_main_is_nobodys_attempt(clone, call) -> None:
    for arguments in [("compare",), ("compare", "2"), ("check",)]:
        answer = call(clone, *arguments)
        assert answer.code == 2
        assert "course: this is main: begin with `course start 1`" in answer.text


@pytest.mark.parametrize(
    ("text", "yours", "words"),
    [
        ("a\n  b\n", "a\nb\n", "line 2: only the spaces differ"),
        ("a\nb\n", "a\n", "ends after line 1; the text goes on with `b`"),
        ("a\n", "a\nb\n", "line 2 is not in the text: `b`"),
        ("a\nb\n", "a\nb", "line 2: only the spaces differ"),
        ("a\nb\n", "a\nc\n", "line 2: the text has `b`, you have `c`"),
        ("a\n\n", "a\nc\n", "line 2: the text has an empty line, you have `c`"),
        ("a\n\nb\n", "a\nb\n", "line 2: one blank line too few"),
        ("a\nb\n", "a\nb\n\n", "line 3: one blank line too many"),
        ("a\nb\n", "a\n\n\nb\n", "line 2: only the blank lines differ"),
        ("a\n\nb\nc\n", "a\nb\n\nc\n", "line 2: only the blank lines differ"),
    ],
)
def test_differences_in_plain_words(text: str, yours: str, words: str) -> None:
    files = File(text.encode()), File(yours.encode())
    assert Difference("x.py", *files).words() == words


def test_a_long_line_is_quoted_where_it_differs() -> None:
    text = "a = 1  # " + "x" * 70 + "canonicalize" + "y" * 70 + "\n"
    yours = text.replace("canonicalize", "canonicalise")
    found = Difference("run.py", File(text.encode()), File(yours.encode())).words()
    wanted, have = found.removeprefix("line 1: the text has ").split(", you have ")
    assert wanted.startswith("`...x")
    assert "canonicalize" in wanted
    assert wanted.endswith("y...`")
    assert "canonicalise" in have
    assert len(wanted) == len(have) == 68


def test_binary_files_and_modes_are_told_without_a_diff() -> None:
    binary = Difference("x.png", File(b"\0a"), File(b"\0b"))
    assert not list(binary.diff())
    mode = Difference("run.sh", File(b"a", EXECUTABLE), File(b"a"))
    assert mode.words() == "must be executable"
