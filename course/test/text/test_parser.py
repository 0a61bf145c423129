"""The text's grammar: parts, steps, captions, blocks, and what is refused."""

import pytest

from course.errors import SourceError
from course.source.manifest import Chapter
from course.text.parser import limits, read_texts
from course.tree import File

FENCE = "```"
CHAPTER = Chapter(1, "sample", "chapters/01-sample", "A sample", "x", "y", (40,))


def read(*texts):
    names = ["README.md", *(f"{n}-more.md" for n in range(2, len(texts) + 1))]
    tree = {
        f"{CHAPTER.folder}/{name}": File(text.encode())
        for name, text in zip(names, texts, strict=True)
    }
    return read_texts(tree, CHAPTER)


def chapter(*blocks):
    return "# Chapter 1: A sample\n\n" + "\n\n".join(blocks) + "\n"


def fence(info, *lines):
    return "\n".join([f"{FENCE}{info}", *lines, FENCE])


def problems(*blocks):
    with pytest.raises(SourceError) as caught:
        read(chapter(*blocks))
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_every_caption_and_console_kind_is_read():
    blocks = read(
        chapter(
            "`a.py`, a new file:\n\n" + fence("python", "a = 1"),
            "`a.py`, continued:\n" + fence("python", "b = 1"),
            "We mend it.\n`a.py`, changed:\n\n" + fence("diff", "-b = 1", "+b = 2"),
            "`a.py`, try this, then undo it:\n\n" + fence("diff", "-b = 1", "+b = 3"),
            fence("console fails limit=300", "$ python a.py", "..."),
            "`a.py`, once more:\n\n" + fence("python", "a = 1"),
            fence("console server", "$ python a.py"),
            fence('console makes="b c/"', "$ make"),
            fence("mermaid", "a --> b"),
            fence('text unchecked="a drawing"', "a/"),
        )
    )[0].blocks
    assert [(block.kind, block.target) for block in blocks] == [
        ("new", "a.py"),
        ("continued", "a.py"),
        ("changed", "a.py"),
        ("try", "a.py"),
        ("fails", ""),
        ("once", "a.py"),
        ("server", ""),
        ("console", ""),
        ("mermaid", ""),
        ("unchecked", ""),
    ]
    assert blocks[4].info == {"limit": "300"}
    assert blocks[7].makes == ["b", "c/"]
    assert [block.typed for block in blocks[:4]] == [1, 1, 1, 0]


def test_a_block_knows_its_line_and_body():
    block = read(chapter("`a.py`, a new file:\n\n" + fence("python", "a", "", "b")))[0]
    assert (block.blocks[0].line, block.blocks[0].body) == (5, "a\n\nb\n")


def test_steps_count_through_all_parts():
    parts = read(
        chapter("## Step 1: one", fence("console", "$ ls"), "## Step 2: two"),
        "# Part 2: More\n\n## Step 3: three\n\n" + fence("console", "$ ls"),
    )
    assert [[step.number for step in part.steps] for part in parts] == [[1, 2], [3]]
    assert [part.blocks[0].step for part in parts] == [1, 3]
    assert [part.title for part in parts] == ["A sample", "More"]


def test_a_block_knows_that_its_step_is_over():
    ls = fence("console", "$ ls")
    parts = read(
        chapter("## Why", ls, "## Step 1: one", ls, "### More", ls, "## Run it", ls),
        f"# Part 2: More\n\n{ls}\n\n## Step 2: two\n\n{ls}\n",
    )
    assert [[one.beyond for one in part.blocks] for part in parts] == [
        [False, False, False, True],
        [True, False],
    ]


def test_parts_sort_by_number_and_none_is_left_out():
    tree = {
        f"{CHAPTER.folder}/{name}": File(b"# Part 2: x\n")
        for name in ["README.md", "10-z.md"]
    }
    with pytest.raises(SourceError, match=r"README.md, 2-name.md"):
        read_texts(tree, CHAPTER)


def test_the_title_is_the_manifests():
    with pytest.raises(SourceError, match=r"README.md:1: .*Chapter 1: A sample"):
        read("# Chapter 1: Another\n")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("```console\n$ ls", 3, "this fence is not closed"),
        ("```console\n$ ls\n\n```python\nx\n```", 6, "a fence begins inside"),
        (fence("python", "x"), 3, "say above this block what the reader does"),
        ("`a.py`, a file:\n\n" + fence("python", "x"), 5, "unknown caption"),
        ("`a.py`, changed:\n\n" + fence("python", "x"), 5, "are diffs"),
        ("`a.py`, a new file:\n\n" + fence("diff", "x"), 5, "are diffs"),
        ("`a.py`, a new file:\n\n" + fence("console", "$ x"), 5, "has no caption"),
        ("`../a`, a new file:\n\n" + fence("text", "x"), 5, "no path inside"),
        ("`/a`, a new file:\n\n" + fence("text", "x"), 5, "no path inside"),
        ("`a.py`, a new file:\n\ntext", 3, "a caption without a block"),
        ("`a.py`, a new file:\n\n" + fence("python"), 5, "the block is empty"),
        (fence("", "x"), 3, "name the block's language"),
        (fence("console serve", "$ x"), 3, "'serve' means nothing here"),
        (fence("console limit=x", "$ x"), 3, "whole number of seconds"),
        (fence('text unchecked=""', "x"), 3, "say why this block is not checked"),
        (fence('text unchecked="x', "x"), 3, "a quote in the info string"),
        ("x\ry\n\n" + fence("console", "$ x"), 3, "a carriage return alone"),
        ("- a\n\n  ```console\n  $ x\n  ```", 5, "at the left margin"),
        ("    $ x", 3, "an indented block can't be checked"),
        (
            "`a.py`, try this, then undo it:\n\n" + fence("diff", "-x"),
            5,
            "no console block follows",
        ),
        (
            "\n\n".join(
                [
                    "`a.py`, try this, then undo it:\n\n" + fence("diff", "-x"),
                    "`a.py`, changed:\n\n" + fence("diff", "-x"),
                    fence("console", "$ ls"),
                ]
            ),
            5,
            "no console block follows",
        ),
        ("## Step 2: two", 3, "the next step's heading"),
        ("## Step 1 one", 3, "the next step's heading"),
        (
            "`a.py`, a new file:\n\n" + fence("python", "# region chapter 3: x"),
            5,
            "a marker of the course",
        ),
    ],
)
def test_a_broken_text_is_refused_at_its_line(text, line, message):
    found = problems(text)
    assert found[0][0] == line
    assert message in found[0][1]


def test_too_much_to_type_in_a_part_is_a_problem():
    block = "`{}`, a new file:\n\n" + fence("python", *["x"] * 38)
    four = read(chapter(*(block.format(n) for n in "abcd")))
    assert [str(problem) for problem in limits(four)] == [
        "chapters/01-sample/README.md:1: 152 lines to type; a part has 150 at most"
    ]
    assert limits(read(chapter(*(block.format(n) for n in "abc")))) == []


def test_a_long_block_is_a_problem():
    texts = read(chapter("`a`, a new file:\n\n" + fence("python", *["x"] * 41)))
    assert [problem.line for problem in limits(texts)] == [5]


def test_one_unchecked_block_is_allowed_and_two_of_few_are_not():
    drawing = fence('text unchecked="a drawing"', "x")
    assert limits(read(chapter(drawing))) == []
    assert "2 of 2 blocks" in limits(read(chapter(drawing, drawing)))[0].message
