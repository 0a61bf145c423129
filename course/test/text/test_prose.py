"""The prose: what it links to and names is there, or its line is told."""

from pathlib import Path

import pytest

from course.source.weave import Source
from course.text.diagrams import fingerprint
from course.text.parser import read_texts
from course.text.prose import command_names, main_problems, problems, slugs
from course.tree import File, read_folder

COMMANDS = ("start", "status", "test")
SAMPLE = read_folder(Path(__file__).parents[1] / "sample")
TEXT = "chapters/01-words/README.md"


def found(addition, n=1, **more):
    """Return the problems of a text with lines added at its end."""
    tree = dict(SAMPLE)
    text = tree[TEXT].data.decode()
    lines = text.count("\n")
    tree[TEXT] = File(f"{text}{addition}\n".encode())
    for path, content in more.items():
        tree[path] = File(content)
    listed = problems(Source.read(tree), n, COMMANDS)
    return [((problem.line or 0) - lines, problem.message) for problem in listed]


def test_the_sample_has_no_problem():
    source = Source.read(SAMPLE)
    texts = [*problems(source, 1, COMMANDS), *problems(source, 2, COMMANDS)]
    assert [*texts, *main_problems(source, COMMANDS)] == []


@pytest.mark.parametrize(
    "prose",
    [
        "[a](https://example.org/x#y) [b](mailto:a@example.org)",
        "[a](../02-server/README.md#step-1-answer) [b](#step-1-greet-one)",
        "[a](../02-server/) [b](../../greet.py)",
        "`greet.py`, `data/words.txt`, `words.txt`, `data/`, `./greet.py`",
        "`/health`, `text/html`, `.venv/bin/python`, `instance/x.json`, `and/or`",
        "`chapters/NN-slug/README.md`, `2-name.md`",
        "`course status`, `course`, `course --help`, `python greet.py`",
        '```text unchecked="an example"\n[a](b)\n```',
        "`[a](b)`",
    ],
)
def test_what_is_there_may_be_named(prose):
    assert found(f"\n{prose}") == []


@pytest.mark.parametrize(
    ("prose", "message"),
    [
        ("[a](nothing.md)", "there is no chapters/01-words/nothing.md"),
        ("[a](../../../etc/passwd)", "leads nowhere"),
        ("[a](/README.md)", "is not relative"),
        ("[a](#step-9)", "has no heading for #step-9"),
        ("[a](../02-server/README.md#step-9)", "has no heading for #step-9"),
        ("[a](../02-server/#step-9)", "has no heading for #step-9"),
        ("![a plan](plan.svg)", "there is no chapters/01-words/plan.svg"),
        ("![](../../greet.py)", "says nothing to who can't see it"),
        ('<img src="plan.svg">', "there is no chapters/01-words/plan.svg"),
        ("[a][b]", "has no definition"),
        ("`greeting.py`", "`greeting.py` is no file"),
        ("`data/names.txt`", "`data/names.txt` is no file"),
        ("`data/names`", "`data/names` is no file"),
        ("`course begin 2`", "`course begin` is no command"),
        ("`make lunch`", "`make lunch` is no target"),
        ("`python run.py dance`", "`run.py` is no file"),
        ("`python greeting.py`", "`greeting.py` is no file"),
        ("`flask dance`", "`flask dance` is no command"),
    ],
)
def test_what_is_not_there_is_told_with_its_line(prose, message):
    ((line, told),) = found(f"\nOne line,\nthen {prose}")
    assert line == 3
    assert message in told


def test_the_programs_own_commands_are_known():
    program = b'COMMANDS = ["debug-server"]\n\n\ndef check_all():\n    """Check."""\n'
    tree = {**SAMPLE, "run.py": File(program)}
    manifest = "chapters/01-words/chapter.toml"
    claims = tree[manifest].data.replace(b'"greet.py"', b'"greet.py", "run.py"')
    tree[manifest] = File(claims)
    text = "\n`python run.py debug-server`, `flask check-all`, `python run.py sing`\n"
    tree[TEXT] = File(tree[TEXT].data + text.encode())
    told = [problem.message for problem in problems(Source.read(tree), 1, COMMANDS)]
    assert told == ["`run.py sing` is no command of the program"]


def test_a_commands_name_is_its_functions_or_a_string_that_is_a_word():
    code = b"def debug_server_command():\n    return 'sync-all', 'Two words'\n"
    tree = {"apps/x.py": File(code), "course/y.py": File(b"def other(): ...\n")}
    assert command_names(tree) == {"debug-server", "debug_server", "sync-all"}


def test_make_targets_are_those_of_the_makefile():
    tree = {**SAMPLE, "Makefile": File(b"run test: setup\n\t@echo\nA := 1\nB = 2\n")}
    tree["chapters/course.toml"] = File(b'main_only = ["README.md", "Makefile"]\n')
    tree["README.md"] = File(
        b"# X\n\n`make run`, `make test`, `make PORT=1`, `make A`\n"
    )
    assert main_problems(Source.read(tree), COMMANDS) == []
    tree["README.md"] = File(b"# X\n\n`make lunch`\n")
    assert [str(problem) for problem in main_problems(Source.read(tree), COMMANDS)] == [
        "README.md:3: `make lunch` is no target of the Makefile"
    ]


def test_anchors_are_made_as_code_hosts_make_them():
    text = "# A `b_c`, d!\n## Same\n## Same\n## [x](y) z\n<a id='own'></a>\n"
    assert slugs(text) == {"a-b_c-d", "same", "same-1", "x-z", "own"}


def test_a_diagram_without_its_picture_or_with_a_stale_one_is_told():
    diagram = "\n```mermaid\nflowchart LR\n  a --> b\n```"
    ((line, message),) = found(diagram)
    assert (line, message) == (
        2,
        "the diagram has no diagram-1-1.svg: run `course sync`",
    )
    svg = "chapters/01-words/diagram-1-1.svg"
    stale = found(diagram, **{svg: b"<svg><!-- mermaid 0123456789abcdef --></svg>"})
    assert "shows an earlier diagram" in stale[0][1]
    tree = {**SAMPLE, TEXT: File(SAMPLE[TEXT].data + diagram.encode() + b"\n")}
    source = Source.read(tree)
    block = read_texts(source.weave(1), source.course.chapter(1))[0].blocks[-1]
    mark = f"<svg><!-- mermaid {fingerprint(block)} --></svg>".encode()
    assert found(diagram, **{svg: mark}) == []
