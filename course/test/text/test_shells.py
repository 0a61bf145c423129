"""Commands as they are pasted: into bash, into zsh, into dash."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from course.source.weave import Source
from course.text.listing import commands
from course.text.parser import CONSOLES, Block, Part, read_texts
from course.text.prose import MAIN_TEXTS, _consoles
from course.text.shells import dash_problems, faults, heredoc_problems
from course.tree import File, read_folder

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("make run  # then read", "a comment after a command"),
        ("# a comment alone", "a comment after a command"),
        ("curl localhost/search?q=owl", "an unquoted ?"),
        ('login "open sesame!now"', "an ! in"),
        ("path=apps/user", "the name path"),
        ("for status in 200 404; do echo $status; done", "the name status"),
    ],
)
def test_what_another_shell_takes_otherwise_is_told(command: str, told: str) -> None:
    assert [told in fault for fault in faults(command)] == [True]


@pytest.mark.parametrize(
    "command",
    [
        "curl 'localhost/search?q=owl#first'",
        "echo $? $# ${#name}",
        "python - <<'EOF'\nx = 1  # a comment\nEOF",
        "grep -c '^#' README.md",
        "echo one\\ #two",
        'test "$code" != 200',
        "git log -- path",
        "echo 'wow!'",
    ],
)
def test_what_all_shells_take_alike_is_no_fault(command: str) -> None:
    assert list(faults(command)) == []


@pytest.mark.parametrize(
    ("command", "piece"),
    [
        ('post() { curl "${@:3}"; }', "${@:"),
        ("diff <(ls) one", "<("),
        ("source .venv/bin/activate", "source"),
    ],
)
def test_what_dash_lacks_is_told(command: str, piece: str) -> None:
    found = dash_problems(part(f"$ {command}\n").blocks)
    assert [problem.message for problem in found] == [f"dash has no {piece}"]
    assert dash_problems(part("$ . .venv/bin/activate; echo '<('\n").blocks) == []


def part(body: str, *prose: str) -> Part:
    block = Block("a.md", 3, 1, 1, "console", "", "console", {}, body)
    return Part("a.md", 1, "x", (), (block,), tuple(enumerate(prose)))


def test_a_heredoc_needs_a_word_on_shells_once_in_the_course() -> None:
    one = part("$ ls\n$ cat <<E\n> x\n> E\n")
    assert [problem.line for problem in heredoc_problems([one], [])] == [5]
    assert heredoc_problems([part("$ ls\n")], []) == []
    said = part("$ ls\n", "The commands are for bash or zsh.")
    assert heredoc_problems([one], [said]) == []
    assert heredoc_problems([said, one], []) == []


def pasted() -> list[tuple[str, str]]:
    """Return all commands of each text of the course, and of the project's own."""
    skip = (".git", ".venv", "mine", "instance", ".mypy_cache", ".ruff_cache")
    tree = read_folder(ROOT, skip)
    source = Source.read(tracked(tree))
    texts = [(path, list(_consoles(path, tree))) for path in MAIN_TEXTS]
    for chapter in source.course.chapters:
        for one in read_texts(source.weave(chapter.number), chapter):
            texts.append((one.path, [b for b in one.blocks if b.kind in CONSOLES]))
    return [
        (path, "\n".join(line for block in blocks for _, line, _ in commands(block)))
        for path, blocks in texts
    ]


def tracked(tree: dict[str, File]) -> dict[str, File]:
    """Leave out what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    names = {os.fsdecode(name) for name in listed.split(b"\0")}
    return {path: file for path, file in tree.items() if path in names}


@pytest.mark.parametrize("shell", ["bash", "zsh", "dash"])
def test_every_command_of_the_course_can_be_pasted(shell: str) -> None:
    if shutil.which(shell) is None:
        missing = f"{shell} is not installed"
        if os.environ.get("REAL_PARTS") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    for path, text in pasted():
        read = subprocess.run(
            [shell, "-n"], input=text + "\n", capture_output=True, text=True
        )
        assert (read.returncode, read.stderr) == (0, ""), path
