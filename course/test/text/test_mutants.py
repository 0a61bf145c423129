"""The checker is checked: one line of a sample course changes, and it must say so."""

import sys
from pathlib import Path

import pytest

from course.errors import CourseError, SourceError
from course.source.weave import Source
from course.text.parser import TextError, limits, read_texts
from course.text.prose import main_problems, problems
from course.text.typist import type_chapter
from course.tree import File, read_folder

COMMANDS = ("start", "status", "test")
SAMPLE = read_folder(Path(__file__).parents[1] / "sample")
WORDS = "chapters/01-words/README.md"
SERVER = "chapters/02-server/README.md"
MORE = "chapters/02-server/2-more.md"


def plain_environment(tree, folder):
    """Make what looks like an environment, without the wait for a real one."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
    (folder / "bin" / "activate").write_text(f'PATH="{folder}/bin:$PATH"\n')


def check(tree, chapters=(1, 2)):
    """Check all texts of a course; raises CourseError at the first that fails."""
    source = Source.read(tree)
    faults = main_problems(source, COMMANDS)
    for n in chapters:
        texts = read_texts(source.weave(n), source.course.chapter(n))
        faults += [*limits(texts), *problems(source, n, COMMANDS)]
    if faults:
        raise SourceError(faults)
    for n in chapters:
        type_chapter(source, n, environment=plain_environment)


def mutant(path, number, new):
    """Return the sample with one line replaced; None takes the line away."""
    lines = SAMPLE[path].data.decode().split("\n")
    lines[number : number + 1] = [] if new is None else [new]
    return {**SAMPLE, path: File("\n".join(lines).encode(), SAMPLE[path].mode)}


def test_the_sample_itself_passes():
    check(SAMPLE)


# Path, the line, what stands in its place (None: nothing), and what the checker says.
MUTANTS = [
    # one line of a source file
    ("greet.py", '"""Greet everybody."""', '"""Greet us."""', "`greet.py` as typed"),
    ("greet.py", "import sys", None, "`greet.py` as typed"),
    ("greet.py", "from pathlib import Path", "import pathlib", "`greet.py` as typed"),
    ("greet.py", '    return f"hello {name}"', '    return f"hi {name}"', "as typed"),
    ("greet.py", "        print(greet(name))", "        print(name)", "as typed"),
    ("greet.py", "def main() -> None:", "def main():", "as typed"),
    ("greet.py", "    main()", "    main()  # go", "as typed"),
    ("names.py", '    "ada",', '    "eve",', "`names.py` as typed"),
    ("names.py", '    "cleo",', None, "`names.py` as typed"),
    ("server.py", "import sys", "import sys  # chapter 1", "before its file"),
    ("server.py", "from names import NAMES", "from names import *", "as typed"),
    ("server.py", "        self.end_headers()", None, "as typed"),
    ("ask.py", "import sys", "import os", "name 'sys' is not defined"),
    ("data/words.txt", "bob", "bert", "`cat made.txt`"),
    ("made.txt", "hello bob", "hello bert", "the text has `hello bert`"),
    (".gitignore", "*.log", None, "`answer.log` is there at the end"),
    # a caption
    (WORDS, "`greet.py`, a new file:", "`greets.py`, a new file:", "does not exist"),
    (WORDS, "`greet.py`, a new file:", "`greet.py`, a fresh file:", "unknown caption"),
    (WORDS, "`greet.py`, a new file:", None, "say above this block"),
    (WORDS, "`greet.py`, continued:", "`greet.py`, a new file:", "exists already"),
    (WORDS, "`greet.py`, continued:", "`main.py`, continued:", "does not exist"),
    (
        WORDS,
        "`greet.py`, changed:",
        "`greet.py`, try this, then undo it:",
        "no such lines",
    ),
    (WORDS, "`greet.py`, changed:", "`greet.py`, once more:", "are diffs"),
    (
        WORDS,
        "`greet.py`, try this, then undo it:",
        "`greet.py`, changed:",
        "as typed differs",
    ),
    (WORDS, "`greet.py`, once more:", "`greet.py`, continued:", "as typed differs"),
    (WORDS, "`greet.py`, once more:", "`made.txt`, once more:", "no such lines"),
    (SERVER, "`names.py`, changed:", "`server.py`, changed:", "no such lines"),
    # a typed line
    (WORDS, '    return f"hello {name}"', '    return f"hallo {name}"', "as typed"),
    (WORDS, " import sys", " import os", "no such lines"),
    (WORDS, "+from pathlib import Path", "+from pathlib import path", "as typed"),
    (WORDS, '-WORDS = "data/words.txt"', None, "a line of the file"),
    (WORDS, "@@", None, "put removed lines"),
    (WORDS, "    main()", None, "as typed"),
    (WORDS, "    ...", None, "no such lines"),
    (SERVER, '+    "cleo",', '+    "chloe",', "as typed"),
    (SERVER, '+    "dora",', '+    "doro",', "`python3 ask.py 5001` printed"),
    (SERVER, "from greet import greet", "from greet import great", "as typed"),
    # a fence
    (WORDS, "```console fails", "```console", "expected success"),
    (WORDS, "```console fails", "```console server", "where this server runs"),
    (WORDS, '```console makes="made.txt"', "```console", "missing at the end"),
    (WORDS, '```console makes="made.txt"', '```console makes="mad.txt"', "has no `mad"),
    (SERVER, "```console server", "```console limit=1", "took longer than 1 s"),
    (SERVER, "```diff", "```python", "are diffs"),
    # a command
    (WORDS, "$ export NAME=bob", "$ export NAME=bill", r"-bob\n\+bill"),
    (WORDS, "$ python3 greet.py > made.txt", "$ touch made.txt", "`cat made.txt`"),
    (WORDS, "$ python3 greet.py | tail -n 1", "$ python3 greet.py", "something else"),
    (WORDS, "$ cat made.txt", "$ cat maid.txt", "exit code 1"),
    (WORDS, ">     requirements.txt constraints.txt", ">     greet.py", "greet.py"),
    (WORDS, "$ git status --short", "$ git status -s data", "git status -s data"),
    (
        SERVER,
        "$ git checkout chapter-2 -- ask.py",
        "$ ls ask.py",
        "`ask.py` is missing",
    ),
    (SERVER, "$ python3 server.py 5001", "$ python3 server.py 5002", "did not come up"),
    (SERVER, "$ python3 ask.py 5001", "$ python3 ask.py 5003", "`python3 ask.py 5003`"),
    (
        MORE,
        "$ python3 server.py 5002",
        "$ cd /; python3 server.py 5002",
        "server ended",
    ),
    (
        SERVER,
        "$ git checkout chapter-2 -- ask.py",
        "$ git checkout chapter-2 -- ask.py names.py",
        "this fetch overwrites what the reader typed: names.py",
    ),
    (MORE, "$ pwd", "$ pwd  # where am I?", "a comment after a command"),
    # where a server runs
    (SERVER, "In the first terminal:", "Then:", "say above it where this server runs"),
    (SERVER, "In a second terminal:", "Then:", "say in which this is typed"),
    (SERVER, "Press Ctrl+C in the first terminal.", "So.", "with this server running"),
    # an output
    (WORDS, "hello ada", "hello Ada", "printed something else"),
    (WORDS, "hello bob", None, "printed something else"),
    (WORDS, "... data: No such file or directory", None, "printed something else"),
    (WORDS, "there is no word list", "there are no words", "printed something else"),
    (WORDS, "?? made.txt", "", "printed something else"),
    (SERVER, "listening on 5001", "listening at 5001", "did not come up as shown"),
    (SERVER, "hello dora", "hello ada", "printed something else"),
    (MORE, "/home/you/lectern/mine", "/home/you/lectern", "printed something else"),
    # a heading, the prose, a manifest
    (WORDS, "# Chapter 1: Words", "# Chapter 1: Word", "# Chapter 1: Words"),
    (WORDS, "## Step 2: greet everybody", "### Step 2: greet everybody", "next step"),
    (WORDS, "## Step 2: greet everybody", "## Step 2: greet all", "no heading for"),
    (WORDS, "## Step 1: greet one", None, "the next step's heading"),
    (SERVER, "## Step 2: greet another", "## Step 2 greet another", "next step"),
    (MORE, "## Step 3: another port", "## Step 1: another port", "next step"),
    (MORE, "# Part 2: More", "# More", "# Part 2: ..."),
    (
        SERVER,
        "The server answers with what `greet.py` says. It needs no more than the "
        "standard library.",
        "The server answers with what `greets.py` says.",
        "`greets.py` is no file",
    ),
    (
        "README.md",
        "[second step](chapters/01-words/README.md#step-2-greet-everybody) does in "
        "`greet.py`.",
        "[second step](chapters/01-words/TEXT.md).",
        "leads nowhere",
    ),
    (
        "chapters/02-server/chapter.toml",
        'title = "A server"',
        'title = "B"',
        "as .*chapter.toml says",
    ),
    (
        "chapters/01-words/chapter.toml",
        "minutes = [10]",
        "minutes = [50]",
        "at most 45 minutes",
    ),
]


def number_of(path, line):
    lines = SAMPLE[path].data.decode().split("\n")
    assert line in lines, (path, line)
    return lines.index(line)


@pytest.mark.parametrize(("path", "old", "new", "told"), MUTANTS)
def test_a_mutant_is_killed(path, old, new, told, monkeypatch):
    if "did not come up" in told:
        monkeypatch.setattr("course.text.servers.STARTUP_TIMEOUT_SECONDS", 2.0)
    tree = mutant(path, number_of(path, old), new)
    with pytest.raises((TextError, SourceError), match=told):
        check(tree, [2] if path in (SERVER, MORE) else [1, 2])


def typed_rows():
    """Yield each line of the sample's texts that goes into a file: text and index."""
    source = Source.read(SAMPLE)
    for chapter in source.course.chapters:
        for part in read_texts(source.weave(chapter.number), chapter):
            for block in part.blocks:
                if block.typed:
                    for row, line in enumerate(block.lines):
                        yield chapter.number, block.path, block.line + row, line


def test_no_typed_line_can_change_unseen():
    survivors = []
    rows = list(typed_rows())
    assert len(rows) > 50
    for n, path, number, line in rows:
        try:
            check(mutant(path, number, f"{line}x"), chapters=[n])
        except CourseError:
            continue
        survivors.append((path, number + 1, line))
    assert survivors == []
