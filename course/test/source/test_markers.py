"""The marker grammar: what is a marker, what is none, and how a fault is told."""

from typing import NamedTuple

import pytest

from course.errors import Problem
from course.source.annotated import Annotated
from course.source.markers import Parser, Span
from course.source.syntax import syntax_of


class Parsed(NamedTuple):
    """A file as it was read, and what is wrong with it."""

    annotated: Annotated
    problems: list[Problem]


def parse(text: str, path: str = "x.py", span: Span | None = None) -> Parsed:
    """Parse a text of chapter 1 in a course of five."""
    syntax = syntax_of(path, text.encode())
    assert syntax is not None
    parser = Parser(path, syntax, span or Span(1), 5)
    return Parsed(parser.parse(text), parser.problems)


def weave(text: str, number: int, path: str = "x.py") -> str:
    """Weave a text that has no fault."""
    annotated, problems = parse(text, path)
    assert problems == []
    return annotated.weave(number).decode()


@pytest.mark.parametrize(
    ("path", "line", "woven"),
    [
        ("x.py", "call()  # chapter 3", "call()"),
        ("x.py", "call()  # noqa: S101  # chapter 3", "call()  # noqa: S101"),
        ("x.py", "# Why this is.  # chapter 3", "# Why this is."),
        ("requirements.txt", "flask>=3,<4  # chapter 3", "flask>=3,<4"),
        ("compose.yaml", "  - a: b # chapter 3", "  - a: b"),
        ("pyproject.toml", 'x = "#1"  # chapter 3', 'x = "#1"'),
        ("start.sh", "run '#'  # chapter 3", "run '#'"),
        ("app.js", 'f("http://x");  // chapter 3', 'f("http://x");'),
        ("app.js", "f();  /* chapter 3 */", "f();"),
        ("x.css", "color: red; /* chapter 3 */", "color: red;"),
        ("page.html", "<p>1</p> {# chapter 3 #}", "<p>1</p>"),
        ("page.html", "<p>1</p> <!-- chapter 3 -->", "<p>1</p>"),
        ("guide.md", "- one <!-- chapter 3 -->", "- one"),
        ("nginx.conf", "gzip on;  # chapter 3", "gzip on;"),
        ("Jenkinsfile", "stage()  // chapter 3", "stage()"),
        ("schema.sql", "a integer,  -- chapter 3", "a integer,"),
    ],
)
def test_trailing_marker_belongs_to_its_line(path: str, line: str, woven: str) -> None:
    text = f"first\n{line}\nlast\n"
    assert weave(text, 2, path) == "first\nlast\n"
    assert weave(text, 3, path) == f"first\n{woven}\nlast\n"


@pytest.mark.parametrize(
    ("path", "opens", "closes"),
    [
        ("x.py", "# region chapter 3: a-b.c_1", "# endregion a-b.c_1"),
        ("deploy.sh", "  # region chapter 3: x", "# endregion x"),
        ("Makefile", "# region chapter 3: x", "# endregion x"),
        ("web.Dockerfile", "# region chapter 3: x", "# endregion x"),
        (".env.example", "# region chapter 3: x", "# endregion x"),
        ("logging.ini", "# region chapter 3: x", "; endregion x"),
        (".gitignore", "# region chapter 3: x", "# endregion x"),
        ("app.mjs", "// region chapter 3: x", "/* endregion x */"),
        ("x.css", "/* region chapter 3: x */", "/* endregion x */"),
        ("page.jinja", "{# region chapter 3: x #}", "<!-- endregion x -->"),
        ("page.svg", "<!-- region chapter 3: x -->", "<!-- endregion x -->"),
        ("script.py.mako", "## region chapter 3: x", "## endregion x"),
        ("schema.sql", "-- region chapter 3: x", "-- endregion x"),
    ],
)
def test_region_in_every_comment_style(path: str, opens: str, closes: str) -> None:
    text = f"first\n{opens}\nsecond\n{closes}\nlast\n"
    assert weave(text, 2, path) == "first\nlast\n"
    assert weave(text, 3, path) == "first\nsecond\nlast\n"


def test_program_without_a_suffix_is_known_by_its_first_line() -> None:
    text = "#!/usr/bin/env python3\none()\ntwo()  # chapter 2\n"
    assert weave(text, 1, "bin/tool") == "#!/usr/bin/env python3\none()\n"


def test_main_region_is_woven_for_no_chapter() -> None:
    text = "a\n# region main: tool\nb\n# endregion tool\nc\n"
    assert weave(text, 5) == "a\nc\n"


def test_kept_lines_are_live_until_they_are_replaced() -> None:
    text = (
        "def f():\n"
        "    # region chapter 2 until 4: plain\n"
        "    # | if x:\n"
        "    # |     return 1\n"
        "    # |\n"
        "    # | return 2\n"
        "    # endregion plain\n"
        "    # region chapter 4: real\n"
        "    return 3\n"
        "    # endregion real\n"
    )
    assert weave(text, 1) == "def f():\n"
    before = "def f():\n    if x:\n        return 1\n\n    return 2\n"
    assert weave(text, 2) == weave(text, 3) == before
    assert weave(text, 4) == weave(text, 5) == "def f():\n    return 3\n"


def test_kept_lines_lose_a_comment_that_closes() -> None:
    text = (
        "<p>\n{# region chapter 1 until 3: x #}\n{# | <b>{{ name }}</b> #}\n"
        "<!-- |   <i> -->\n{# endregion x #}\n</p>\n"
    )
    assert weave(text, 1, "x.html") == "<p>\n<b>{{ name }}</b>\n  <i>\n</p>\n"


def test_region_inside_a_region_begins_later() -> None:
    text = (
        "a\n# region chapter 2: x\nb\n# region chapter 4: y\nc\n# endregion y\n"
        "d  # chapter 3\n# endregion x\n"
    )
    assert [weave(text, n) for n in range(1, 5)] == [
        "a\n",
        "a\nb\n",
        "a\nb\nd\n",
        "a\nb\nc\nd\n",
    ]


@pytest.mark.parametrize(
    "text",
    [
        's = """\n# region chapter 3: x\n# endregion\n# chapter 3\n"""\n',
        "s = '''x\n  call()  # chapter 3\n'''\n",
        's = "call()  # chapter 3"\n',
        "s = 'it''s  # region chapter 3: x'\n",
        "f()  # see chapter 3\n",
        "# chapter 3 brings the users\n",
        "# The region chapter 3 covers.\n",
        "chapter = 3  # region of interest\n",
        "x = y  # chapters 3 and 4 differ\n",
    ],
)
def test_what_is_no_marker_is_left_as_it_is(text: str) -> None:
    parsed = parse(text)
    assert parsed.problems == []
    assert parsed.annotated.markers == 0


def test_marker_after_a_string_of_many_lines_counts() -> None:
    text = 'a = 1\nb = """\n  # chapter 3\n"""  # chapter 2\n'
    parsed = parse(text)
    assert parsed.annotated.markers == 1


def test_line_endings_and_a_missing_final_newline_stay() -> None:
    text = "a\r\nb  # chapter 2\r\n# region chapter 3: x\r\nc\r\n# endregion x\r\nd"
    assert weave(text, 1) == "a\r\nd"
    assert weave(text, 2) == "a\r\nb\r\nd"
    assert weave("a\nb  # chapter 2", 2) == "a\nb"
    assert (
        weave("a\n\x0c\nb\x85c\u2028d  # chapter 2\n", 2) == "a\n\x0c\nb\x85c\u2028d\n"
    )


@pytest.mark.parametrize(
    ("text", "woven"),
    [
        ("a\n\n\n{b}\nc\n", "a\n\n\nc\n"),
        ("a\n{b}\n\n\nc\n", "a\n\n\nc\n"),
        ("a\n\n{b}\n\n\nc\n", "a\n\n\nc\n"),
        ("{b}\n\n\nc\n", "c\n"),
        ("a\n\n\n{b}\n", "a\n"),
        ("a\n\n\n{b}", "a\n"),
        ("\n\na\n{b}\nc\n\n", "\n\na\nc\n\n"),
        ("a\n\n{b}\n\n\n{b2}\nc\n", "a\n\n\nc\n"),
    ],
)
@pytest.mark.parametrize("form", ["line", "region"])
def test_longest_run_of_blank_lines_stays(text: str, woven: str, form: str) -> None:
    if form == "line":
        marked = text.format(b="b  # chapter 2", b2="b2  # chapter 2")
    else:
        region = "# region chapter 2: {0}\nb\n\n\n\nb\n# endregion {0}"
        marked = text.format(b=region.format("x"), b2=region.format("y"))
    assert weave(marked, 1) == woven


def test_blank_lines_just_inside_what_goes_count() -> None:
    text = "a\n# region chapter 2: x\n\n\nb\n\n# endregion x\nc\n"
    assert weave(text, 1) == weave(text.replace("\n\n\nb\n\n#", "\n\nb\n\n\n#"), 1)
    assert weave(text, 1) == "a\n\n\nc\n"


def test_early_form_refuses_what_it_never_lives_to_see() -> None:
    parsed = parse("a\nb  # chapter 3\n", span=Span(1, 3))
    assert [(p.line, p.message) for p in parsed.problems] == [
        (2, "is never seen: its file has ended in chapter 3: remove it")
    ]


def test_early_form_has_regions_of_its_own() -> None:
    text = "a\n# region chapter 2: x\nb\n# endregion x\nc\n"
    parsed = parse(text, span=Span(1, 4))
    assert parsed.problems == []
    assert parsed.annotated.weave(1) == b"a\nc\n"
    assert parsed.annotated.weave(2) == b"a\nb\nc\n"


def test_replaced_lines_and_markers_are_counted() -> None:
    text = (
        "a  # chapter 2\n# region chapter 2 until 3: x\n# | b\n# | c\n# endregion x\n"
    )
    annotated = parse(text).annotated
    assert (annotated.markers, annotated.replaced) == (3, 2)


def test_no_blank_line_stays_where_a_python_block_begins() -> None:
    text = (
        "class A:\n    # region chapter 2: x\n    b = 1\n\n    # endregion x\n"
        "    c = 2\n"
        "\n\nITEMS = [\n    1,\n\n    2,  # chapter 2\n]\n"
    )
    assert weave(text, 1) == "class A:\n    c = 2\n\n\nITEMS = [\n    1,\n]\n"
    yaml = "a:\n  # region chapter 2: x\n  b: 1\n\n  # endregion x\n  c: 2\n"
    assert weave(yaml, 1, "x.yaml") == "a:\n\n  c: 2\n"


@pytest.mark.parametrize(
    ("annotated", "woven"),
    [
        ('X = [\n    "a",  # chapter 2\n    "b",  # chapter 2\n]\n', "X = []\n"),
        ("f(\n    # region chapter 2: a\n    b=1,\n    # endregion a\n)\n", "f()\n"),
        (
            "def f(\n    a: int,  # chapter 2\n) -> None: ...\n",
            "def f() -> None: ...\n",
        ),
        ("X = {\r\n    1: 2,  # chapter 2\r\n}\r\n", "X = {}\r\n"),
        ("X = [\n    1,\n    2,  # chapter 2\n]\n", "X = [\n    1,\n]\n"),
        ("# (\nx = 1  # chapter 2\n# )\n", "# (\n# )\n"),
    ],
)
def test_a_bracket_that_is_emptied_is_closed_on_its_line(
    annotated: str, woven: str
) -> None:
    assert weave(annotated, 1) == woven


def test_an_import_whose_names_all_go_goes_too() -> None:
    names = "from a import (\n    b,  # chapter 2\n    c,  # chapter 3\n)\n"
    assert weave(f"import z\n\n{names}\nx = 1\n", 1) == "import z\n\nx = 1\n"
    assert weave(f"{names}import d\n", 1) == "import d\n"
    assert weave(names, 2) == "from a import (\n    b,\n)\n"


def test_an_emptied_bracket_that_would_make_a_long_line_stays_open() -> None:
    name = "x" * 80
    closing = ") -> None: ..."
    text = f"def {name}(\n    a: int,  # chapter 2\n{closing}\n"
    assert weave(text, 1) == f"def {name}(\n{closing}\n"


def test_only_python_is_formatted() -> None:
    text = "f(\n  a, // chapter 2\n);\n"
    assert weave(text, 1, "app.js") == "f(\n);\n"


@pytest.mark.parametrize(
    ("head", "blank"),
    [("if True:", "\n"), ("def f() -> None:", "\n"), ("class A:", "")],
)
def test_a_definition_that_becomes_the_first_of_its_block_keeps_its_distance(
    head: str, blank: str
) -> None:
    region = "    # region chapter 2: a\n    x = 1\n    # endregion a\n"
    definition = "    def g() -> int:\n        return 1\n"
    text = f"{head}\n{region}\n{definition}"
    assert weave(text, 1) == f"{head}\n{blank}{definition}"
