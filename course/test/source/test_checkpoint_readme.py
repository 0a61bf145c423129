"""The README of a checkpoint: what a reader finds who has only this branch."""

from course.source.checkpoint_readme import known_weaknesses, write
from course.source.manifest import Chapter, Course, Start


def make_chapter(number: int, slug: str, **more: object) -> Chapter:
    """Make a chapter of which only the number and slug matter."""
    return Chapter(
        number=number,
        slug=slug,
        folder=f"chapters/{number:02}-{slug}",
        title=f"The {slug}",
        concept=f"{slug}s",
        shows=f"a {slug}",
        minutes=(40,),
        **more,  # type: ignore[arg-type]
    )


COURSE = Course(
    (
        make_chapter(1, "table", start=Start(("python", "run.py"), prints="x")),
        make_chapter(
            2,
            "server",
            start=Start(("python", "run.py", "serve"), {"/": 200}),
            protects=("Errors are shown as they are.",),
        ),
        make_chapter(3, "lock", protects=("Anybody reads all.", "Anybody writes.")),
    )
)


def readme(number: int) -> str:
    return write(COURSE, COURSE.chapter(number))


def test_it_says_where_you_are_and_what_you_can_show() -> None:
    text = readme(2)
    assert text.startswith(
        "# Chapter 2: The server\n\nYou are at the end of chapter 2 "
    )
    assert "What you can show now: a server." in text


def test_it_says_how_to_run_and_to_test() -> None:
    text = readme(1)
    for command in (
        "python3 -m venv .venv",
        "python -m pip install -r requirements.txt",
        "python run.py",
        "python -m pip install -r test/requirements.txt",
        "python -m pytest",
    ):
        assert f"\n    {command}\n" in text
    assert "It prints its report and ends." in text
    assert "Ctrl+C stops it." in readme(2)
    assert "Ctrl+C stops it." in readme(3)


def test_it_links_the_texts_that_are_here() -> None:
    text = readme(2)
    assert "1. [The table](chapters/01-table/README.md): tables\n" in text
    assert "2. [The server](chapters/02-server/README.md): servers\n" in text
    assert "](chapters/03-lock" not in text


def test_it_leads_to_the_next_text_and_back_to_the_tool() -> None:
    text = readme(1)
    assert "(../../blob/chapter-2/chapters/02-server/README.md)" in text
    assert "    git show chapter-2:chapters/02-server/README.md\n" in text
    assert "`course start 2`" in text
    assert "    git checkout main\n    make setup\n" in text
    assert "This is the last chapter so far." in readme(3)


def test_it_ends_with_what_later_chapters_protect() -> None:
    assert readme(1).endswith(
        "## Could you ship this?\n"
        "\n"
        "Not yet. This is what it doesn't defend against, and where that changes:\n"
        "\n"
        "- Errors are shown as they are. See chapter 2, *The server*.\n"
        "- Anybody reads all. See chapter 3, *The lock*.\n"
        "- Anybody writes. See chapter 3, *The lock*.\n"
    )
    assert "Errors are shown" not in readme(2)


def test_the_last_one_says_that_nothing_is_left_open() -> None:
    _, ending = readme(3).split("## Could you ship this?\n")
    assert "nothing is left open" in ending
    assert "See chapter" not in ending


def test_protections_that_no_later_chapter_names_are_not_invented() -> None:
    course = Course((make_chapter(1, "table"), make_chapter(2, "server")))
    assert known_weaknesses(course, 1) == []
    assert "nothing is left open" in write(course, course.chapter(1))


def test_what_no_chapter_mends_is_told_on_every_checkpoint() -> None:
    course = Course(COURSE.chapters, unprotected=("It speaks HTTP.",))
    for number in (1, 2, 3):
        text = write(course, course.chapter(number))
        assert text.endswith("- It speaks HTTP. No chapter covers this yet.\n")


def test_every_line_is_plain_text_that_ends_in_a_newline() -> None:
    for number in (1, 2, 3):
        text = readme(number)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert "\n\n\n" not in text
