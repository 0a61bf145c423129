"""Which server runs in which terminal, and where the text ends it."""

import pytest

from course.source.manifest import Chapter
from course.text.parser import read_texts
from course.text.terminals import Terminals, read_terminals
from course.tree import File

CHAPTER = Chapter(1, "sample", "chapters/01-sample", "A sample", "x", "y", (40,))
SERVE = "```console server\n$ serve 5001\n```"
ASK = "```console\n$ ask 5001\n```"
FIRST = f"Start it, in the first terminal:\n\n{SERVE}"
SECOND = f"Then, in a second terminal:\n\n{ASK}"


def terminals(*paragraphs: str) -> Terminals:
    text = "\n\n".join(["# Chapter 1: A sample", *paragraphs]) + "\n"
    tree = {f"{CHAPTER.folder}/README.md": File(text.encode())}
    return read_terminals(read_texts(tree, CHAPTER)[0])


def told(*paragraphs: str) -> list[str]:
    return [problem.message for problem in terminals(*paragraphs).problems]


@pytest.mark.parametrize(
    "end",
    [
        "Press Ctrl+C in the first terminal.",
        "It works. Press `Ctrl+C`.",
        "Go to the first\nterminal and press Ctrl+C.",
        "- Press Ctrl+C in both terminals.",
    ],
)
def test_a_server_that_is_placed_and_ended_is_no_problem(end: str) -> None:
    found = terminals(FIRST, SECOND, end, ASK)
    assert found.problems == []
    assert [len(servers) for servers in found.ended.values()] == [1]
    (before,) = found.ended
    assert before is not None
    assert before.kind == "console"


def test_a_server_may_end_after_the_last_block() -> None:
    found = terminals(FIRST, SECOND, "Press Ctrl+C.")
    assert found.problems == []
    assert list(found.ended) == [None]


@pytest.mark.parametrize(
    "no_end", ["", "It stays up until you press Ctrl+C.", "Ctrl+C ends it."]
)
def test_a_part_that_ends_with_a_server_running_is_told(no_end: str) -> None:
    assert told(FIRST, SECOND, no_end) == [
        'the part ends with this server running: say "Press Ctrl+C"'
    ]


def test_a_server_without_a_terminal_is_told() -> None:
    assert told(f"Start it:\n\n{SERVE}", "Press Ctrl+C.") == [
        'say above it where this server runs: "in the first terminal"'
    ]


def test_commands_beside_a_server_say_where_they_are_typed_once() -> None:
    end = "Press Ctrl+C."
    message = "a server holds the last terminal: say in which this is typed"
    assert told(FIRST, ASK, ASK, end) == [message]
    assert told(FIRST, SECOND, ASK, end) == []


@pytest.mark.parametrize(
    ("start", "beside"),
    [
        ("Start it in this terminal:", "In another terminal:"),
        ("In the first one:", "In the second one:"),
        (
            "In the first terminal:",
            "Open a second terminal.\n\n```mermaid\na\n```\n\nX:",
        ),
    ],
)
def test_other_ways_to_say_which_terminal(start: str, beside: str) -> None:
    end = "Press Ctrl+C in the first terminal."
    assert told(f"{start}\n\n{SERVE}", f"{beside}\n\n{ASK}", end) == []


def test_of_two_servers_the_one_that_is_named_ends() -> None:
    third = f"In the third terminal:\n\n{SERVE.replace('5001', '5052')}"
    found = terminals(
        FIRST,
        third,
        SECOND,
        "Press Ctrl+C in the third terminal.",
        ASK,
        "Press Ctrl+C.",
    )
    assert found.problems == []
    assert [[one.line for one in ended] for ended in found.ended.values()] == [
        [11],
        [5],
    ]
    unnamed = told(FIRST, third, SECOND, "Press Ctrl+C.")
    assert len(unnamed) == 2


def test_two_servers_in_one_terminal_or_on_one_port_are_told() -> None:
    other = FIRST.replace("5001", "5052")
    assert told(FIRST, other, "Press Ctrl+C.") == [
        "the server of line 5 still runs in this terminal"
    ]
    other = FIRST.replace("first", "second")
    assert told(FIRST, other, "Press Ctrl+C in both terminals.") == [
        "the server of line 5 still has port 5001"
    ]
    assert told(FIRST, "Press Ctrl+C.", FIRST, "Press Ctrl+C.") == []


def test_a_port_that_another_system_holds_is_told() -> None:
    assert told(FIRST.replace("5001", "5000"), "Press Ctrl+C.") == [
        "macOS may hold port 5000: name another, such as 5001"
    ]
