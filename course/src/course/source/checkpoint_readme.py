"""The README of a checkpoint: where you are, how to run it, and what it still lacks.

And that of a reader's own folder, which a chapter begins with.
"""

from course.source.manifest import Chapter, Course

_RUN = """\
## Run it

    python3 -m venv .venv
    . .venv/bin/activate
    python -m pip install -r requirements.txt
    python run.py

{meanwhile}

## Test it

    python -m pip install -r test/requirements.txt
    python -m pytest

`requirements.txt` says what the code asks for, as ranges. `constraints.txt` holds the
exact version of everything that this needs; pip reads both.
"""
_BACK = """\
## The course's own commands

The `course` command and the Makefile are on `main`, not on this branch. To go back:

    git checkout main
    make setup
    .venv/bin/course status
"""
_BEGINNING = """\
# You are beginning chapter {number}: {title}

The files here are those of the end of chapter {before}, with the text of chapter
{number}: [{folder}/README.md]({folder}/README.md).
This folder is yours, and so is its branch, `my-chapter-{number}`: commit as often as
you like.

## The course's own commands

`course start` printed how to call them here. The clone, in which they live, stays on
`main`: you need not switch to it.

    course compare
    course test {number}
    course hint
"""


def begin(chapter: Chapter) -> str:
    """Return the README.md of the folder in which a reader begins a chapter."""
    return _BEGINNING.format(
        number=chapter.number,
        before=chapter.number - 1,
        title=chapter.title,
        folder=chapter.folder,
    )


def known_weaknesses(course: Course, number: int) -> list[tuple[str, Chapter | None]]:
    """List what checkpoint `number` does not defend against, and which chapter does."""
    fixed_later: list[tuple[str, Chapter | None]] = [
        (sentence, chapter)
        for chapter in course.chapters[number:]
        for sentence in chapter.protects
    ]
    return fixed_later + [(sentence, None) for sentence in course.unprotected]


def write(course: Course, chapter: Chapter) -> str:
    """Return the README.md of a chapter's checkpoint, generated from the manifests."""
    start = course.start(chapter.number)
    serves = start is not None and start.answers
    meanwhile = (
        "It prints the address at which it answers. Ctrl+C stops it."
        if serves
        else "It prints its report and ends."
    )
    parts = [
        _where(course, chapter),
        _RUN.format(meanwhile=meanwhile),
        _texts(course, chapter),
        _next(course, chapter),
        _BACK,
        _open(course, chapter),
    ]
    return "\n".join(parts)


def _where(course: Course, chapter: Chapter) -> str:
    return (
        f"# Chapter {chapter.number}: {chapter.title}\n\n"
        f"You are at the end of chapter {chapter.number} of {course.last}: "
        f"{chapter.concept}.\n"
        f"What you can show now: {chapter.shows}.\n\n"
        "This branch is generated: a new release adds a commit and rewrites none. "
        "Before you\nchange anything, make a branch of your own: "
        "`git switch -c my-own`.\n"
    )


def _texts(course: Course, chapter: Chapter) -> str:
    rows = [
        f"{one.number}. [{one.title}]({one.folder}/README.md): {one.concept}"
        for one in course.chapters[: chapter.number]
    ]
    return "\n".join(["## The texts so far", "", *rows, ""])


def _next(course: Course, chapter: Chapter) -> str:
    if chapter.number == course.last:
        return "## What comes next\n\nThis is the last chapter so far.\n"
    later = course.chapter(chapter.number + 1)
    branch, path = f"chapter-{later.number}", f"{later.folder}/README.md"
    return (
        "## What comes next\n\n"
        f"[Chapter {later.number}: {later.title}](../../blob/{branch}/{path}): "
        f"{later.concept}.\n"
        f"`course start {later.number}` begins it in a folder of your own, with its "
        "text. To read\nthe text from here:\n\n"
        f"    git show {branch}:{path}\n"
    )


def _open(course: Course, chapter: Chapter) -> str:
    weaknesses = known_weaknesses(course, chapter.number)
    lines = ["## Could you ship this?", ""]
    if not weaknesses:
        lines += [
            "As far as this course goes, nothing is left open. What the course does",
            "not teach is still for you to look into.",
        ]
    else:
        lines += [
            "Not yet. This is what it doesn't defend against, and where that changes:",
            "",
        ]
        lines += [f"- {sentence} {_fixed_by(later)}" for sentence, later in weaknesses]
    return "\n".join([*lines, ""])


def _fixed_by(later: Chapter | None) -> str:
    if later is None:
        return "No chapter covers this yet."
    return f"See chapter {later.number}, *{later.title}*."
