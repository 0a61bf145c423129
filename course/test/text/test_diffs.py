"""What typing a block does: diffs by context, joints, shown lines, nothing run."""

from dataclasses import replace

import pytest

from course.text.following import joint_problems, points, tree_after
from course.text.listing import commands, type_block
from course.text.parser import Block, Part, Step, TextError
from course.tree import File

PATH = "chapters/01-x/README.md"


def block(kind, *lines, target="a.py", step=0, info=None):
    body = "".join(f"{line}\n" for line in lines)
    return Block(PATH, 10, 1, step, kind, target, "x", info or {}, body)


def typed(kind, *lines, before="one\ntwo\nthree\ntwo\n", target=None):
    tree = {} if before is None else {"a.py": File(before.encode())}
    goal = {} if target is None else {"a.py": File(target.encode())}
    type_block(block(kind, *lines), tree, goal)
    return tree["a.py"].data.decode()


def test_a_new_file_is_the_block():
    assert typed("new", "x", "", "y", before=None) == "x\n\ny\n"


def test_a_new_file_has_the_checkpoints_mode():
    tree = {}
    type_block(block("new", "x"), tree, {"a.py": File(b"", 0o100755)})
    assert tree["a.py"].mode == 0o100755


def test_a_file_that_exists_is_no_new_file():
    with pytest.raises(TextError, match=f"{PATH}:10: `a.py` exists already"):
        typed("new", "x")


def test_only_a_file_that_exists_is_continued():
    with pytest.raises(TextError, match=f"{PATH}:10: `a.py` does not exist"):
        typed("continued", "x", before=None)


@pytest.mark.parametrize("blank", ["", "\n", "\n\n"])
def test_continued_joins_with_the_checkpoints_blank_lines(blank):
    goal = f"a\n{blank}b\nc\n"
    assert typed("continued", "b", "c", before="a\n", target=goal) == goal


def test_continued_joins_right_where_a_later_change_follows():
    goal = "import x\na\n\n\nb\nc\nchanged\n"
    after = typed("continued", "b", "c", "old", before="a\n", target=goal)
    assert after == "a\n\n\nb\nc\nold\n"


def test_the_joint_is_the_one_with_the_most_like_surroundings():
    goal = "    )\nz\n\n\ndef f():\n    )\n\n    )\n\n\ndef f():\n    y\n"
    before = "    )\nz\n\n\ndef f():\n    )\n\n    )\n"
    assert typed("continued", "def f():", "    y", before=before, target=goal) == goal


def test_a_change_is_found_by_its_context():
    assert typed("changed", " one", "-two", "+2", " three") == "one\n2\nthree\ntwo\n"


def test_hunks_are_applied_one_after_another():
    after = typed("changed", " one", "+1", "@@", " three", "-two", "+2")
    assert after == "one\n1\ntwo\nthree\n2\n"


def test_an_empty_line_of_a_diff_is_an_empty_line_of_context():
    assert typed("changed", " a", "", "-b", "+c", before="a\n\nb\n") == "a\n\nc\n"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["-two", "+2"], "stand 2 times"),
        ([" one", "-three"], "no such lines"),
        (["+x"], "a hunk needs a line of the file"),
        ([" one"], "a hunk that changes nothing"),
        ([" one", "+x", "-two"], r"put removed lines \(-\)"),
        (["one"], "begins with a space"),
        ([" one", "+x", "@@"], "a hunk needs a line"),
    ],
)
def test_a_diff_that_does_not_fit_is_refused(lines, message):
    with pytest.raises(TextError, match=message):
        typed("changed", *lines)


def test_a_diff_that_does_not_fit_shows_the_nearest_lines():
    with pytest.raises(TextError) as caught:
        typed("changed", " one", "-to", "+2", " three")
    assert "-to\n+two\n" in caught.value.diff


def test_the_line_of_a_failure_is_the_hunks():
    with pytest.raises(TextError) as caught:
        typed("changed", " one", "+1", "@@", " four", "+4")
    assert caught.value.line == 14


def test_once_more_shows_contiguous_lines_with_dots_between():
    typed("once", "one", "two", "...", "two")
    with pytest.raises(TextError, match="no such lines"):
        typed("once", "one", "three")
    with pytest.raises(TextError, match="no such lines"):
        typed("once", "three", "...", "one")


def test_a_file_without_a_line_end_is_not_typed():
    with pytest.raises(TextError, match="no line end"):
        typed("continued", "x", before="a")


def test_commands_have_their_continuation_lines_and_outputs():
    console = block("console", "$ cat <<E \\", "> x", ">", "> E", "x", "> y", "$ ls")
    assert commands(console) == [(0, "cat <<E \\\nx\n\nE", ["x", "> y"]), (6, "ls", [])]


def test_a_console_block_begins_with_a_command():
    with pytest.raises(TextError, match=r"README.md:11: .*begins with a command"):
        commands(block("console", "ls"))


def text(*blocks):
    steps = tuple(Step(n, "x", 1) for n in range(1, 4))
    return [Part(PATH, 1, "x", steps, blocks)]


TARGET = {name: File(name.encode()) for name in ["t/a", "t/b", "made", "a.py"]}
TEXT = text(
    block("new", "one", step=1),
    block("try", "-one", "+1", step=1),
    block("console", "$ git checkout chapter-1 -- \\", ">   t", step=2),
    block("console", "$ x", step=2, info={"makes": "made"}),
    block("changed", "-one", "+two", step=3),
)


def test_the_tree_after_each_step_needs_nothing_run():
    start, one, two, three = points({}, TARGET, TEXT)
    assert (start.step, start.tree, start.tries) == (0, {}, ())
    assert one.tree == {"a.py": File(b"one\n")}
    assert one.tries == (TEXT[0].blocks[1],)
    assert sorted(two.tree) == ["a.py", "made", "t/a", "t/b"]
    assert three.tree["a.py"] == File(b"two\n")
    assert tree_after({}, TARGET, TEXT) == three.tree


def test_what_follows_a_step_under_another_heading_may_be_done_or_not():
    one, fetch, _, _, changed = TEXT[0].blocks
    early = [replace(one, step=0), replace(fetch, step=0, beyond=False)]
    late = replace(changed, step=1, beyond=True)
    begin, end = points({}, TARGET, text(*early, late))[:2]
    assert begin.allows("a.py", None)
    assert begin.allows("a.py", File(b"one\n"))
    assert not begin.allows("a.py", File(b"two\n"))
    assert end.tree["a.py"] == File(b"one\n")
    assert end.allows("a.py", File(b"two\n"))
    assert not end.allows("a.py", None)


def test_what_a_part_removes_at_its_end_is_known_but_not_what_the_next_one_does():
    one, fetch = TEXT[0].blocks[0], TEXT[0].blocks[2]
    early = [replace(one, step=3), replace(fetch, step=3)]
    here = replace(block("console", "$ rm a.py", step=3), beyond=True)
    there = replace(block("console", "$ rm t/a", step=3), beyond=True, path="2-next.md")
    parts = [*text(*early, here), Part("2-next.md", 2, "x", (), (there,))]
    assert [point.removed for point in points({}, TARGET, parts)] == [
        *[frozenset()] * 3,
        frozenset({"a.py"}),
    ]


@pytest.mark.parametrize(
    ("path", "first", "goal", "told"),
    [
        ("a.py", "def f():", "x = 1\n\n\ndef f():\n", False),
        ("a.py", "def f():", "x = 1\n\ndef f():\n", True),
        ("a.py", "y = 2", "x = 1\n\ny = 2\n", False),
        ("a.py", "y = 2", "x = 1\ny = 2\n", True),
        ("a.py", "    y = 2", "x = 1\n    y = 2\n", False),
        ("a.py", "    def f():", "x = 1\n\n    def f():\n", False),
        ("a.py", "    def f():", "x = 1\n    def f():\n", True),
        ("a.txt", "y", "x = 1\ny\n", False),
        ("a.txt", "y", "x = 1\n\ny\n", True),
    ],
)
def test_other_blank_lines_than_a_reader_leaves_are_told(path, first, goal, told):
    before, target = ({path: File(data)} for data in (b"x = 1\n", goal.encode()))
    parts = text(block("continued", first, target=path))
    found = joint_problems(before, target, parts)
    assert ["a reader leaves" in problem.message for problem in found] == [True] * told


def test_what_the_checkpoint_lacks_is_not_given():
    with pytest.raises(TextError, match="the checkpoint has no `t/c`"):
        tree_after(
            {}, TARGET, text(block("console", "$ git checkout chapter-1 -- t/c"))
        )


def test_a_command_that_does_not_end_is_told():
    open_end = block("console", "$ ls", "$ git checkout chapter-1 -- t \\")
    with pytest.raises(TextError, match=r"README.md:12: the command does not end"):
        tree_after({}, TARGET, text(open_end))


def test_a_removed_file_is_gone():
    gone = text(block("console", "$ rm -r t"))
    assert sorted(tree_after(TARGET, TARGET, gone)) == ["a.py", "made"]
