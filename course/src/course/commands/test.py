"""`course test [N]`: the tests of the learner's tree, or of a checkpoint."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from course.learner.clone import Clone
    from course.source.manifest import Chapter


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[N] [-- PYTEST...]")
def command(words: tuple[str, ...]) -> None:
    """Run the tests of the tree you stand in; with N, those that chapter N adds.

    Your tree is tested in its own `.venv`; when all of the chapter's own tests pass,
    the chapter is done. On main, N is a checkpoint, tested in a temporary folder. What
    stands after `--` goes to pytest. Exit code 1 if a test fails.

    \b
    Example:
      course test
      course test 2
      course test -- -k health
    """
    from course.errors import UsageError
    from course.learner.clone import Clone, display_path
    from course.learner.running import own_python, run_pytest

    clone = Clone.here()
    if words and words[0].isdecimal():
        chapter = clone.course.chapter(int(words[0]))
        mine = None if clone.annotated or clone.published else clone.chapter
        if mine is None or chapter.number > mine.number:
            _test_checkpoint(clone, chapter.number, list(words[1:]))
        _test_own(clone, chapter, words[1:])
        return
    root = clone.repository.root
    first = words[0].partition("::")[0] if words else "-"
    if not (first.startswith("-") or (root / first).exists()):
        raise UsageError(
            f"{first} is neither a chapter nor a file in {display_path(root)}"
        )
    if not run_pytest(root, own_python(root), words):
        sys.exit(1)
    if not words and clone.chapter is not None:
        _record(clone, clone.chapter)


def _test_own(clone: "Clone", chapter: "Chapter", options: tuple[str, ...]) -> None:
    """Run a chapter's own tests in the learner's tree; it is done if all pass."""
    from course.errors import UsageError
    from course.learner.running import own_python, run_pytest

    root = clone.repository.root
    if not (root / chapter.test_folder).is_dir():
        raise UsageError(
            f"the tests of chapter {chapter.number} are not here yet: "
            f"`git checkout chapter-{chapter.number} -- {chapter.test_folder}`"
        )
    if not run_pytest(root, own_python(root), [chapter.test_folder, *options]):
        sys.exit(1)
    if not options:
        _record(clone, chapter)


def _test_checkpoint(clone: "Clone", number: int, options: list[str]) -> NoReturn:
    import tempfile

    from course.learner.running import checkpoint_python, run_pytest
    from course.tree import write_folder

    tree = clone.checkpoint(number)
    click.echo(f"preparing checkpoint {number} and its environment ...", err=True)
    python = checkpoint_python(clone.repository, tree)
    with tempfile.TemporaryDirectory(prefix="course-test-") as name:
        write_folder(tree, Path(name))
        passed = run_pytest(Path(name), python, options)
    click.echo(_what_was_tested(clone, number))
    sys.exit(0 if passed else 1)


def _what_was_tested(clone: "Clone", number: int) -> str:
    """Say that it was not the learner's files, and how to test those."""
    from course.learner.clone import MINE, display_path
    from course.terminal import display_tool

    tested = f"That was the course's own chapter {number}."
    if not (clone.annotated or clone.published) and clone.chapter is not None:
        return f"{tested} Your files are at chapter {clone.chapter.number}."
    own = clone.own_trees().get(number, clone.repository.root / MINE)
    call = f"{display_tool(own)} test {number}"
    return f"{tested} To test your own files, run this in {display_path(own)}: {call}"


def _record(clone: "Clone", chapter: "Chapter") -> None:
    """Note that a chapter is done, if the tests in the learner's tree are its own."""
    from course.learner.progress import record_chapter

    own = clone.chapter
    if own is None or clone.published:
        return
    wanted = clone.repository.tree(clone.tip(own.number), chapter.test_folder)
    if clone.repository.read_paths(wanted) != wanted:
        click.echo(
            f"These are not all the tests of chapter {chapter.number}: "
            f"`git checkout chapter-{chapter.number} -- {chapter.test_folder}`"
        )
        return
    record_chapter(clone.repository, chapter.number)
    click.echo(f"Chapter {chapter.number} is done: its tests pass in your tree.")
