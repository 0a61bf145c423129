"""`course test [N]`: the tests of the learner's tree, or of a checkpoint."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from course.learner.clone import Clone


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[N] [-- PYTEST...]")
def command(words: tuple[str, ...]) -> None:
    """Run the tests of the tree you stand in, or of checkpoint N.

    Your tree is tested in its own `.venv`; when its chapter's own tests all pass, the
    chapter counts as done. Checkpoint N is tested in a temporary folder. What stands
    after `--` goes to pytest. Exit code 1 if a test fails.

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
        _test_checkpoint(clone, int(words[0]), list(words[1:]))
        return
    root = clone.repository.root
    first = words[0].partition("::")[0] if words else "-"
    if not (first.startswith("-") or (root / first).exists()):
        raise UsageError(
            f"{first} is neither a chapter nor a file in {display_path(root)}"
        )
    if not run_pytest(root, own_python(root), words):
        sys.exit(1)
    if not words:
        _record(clone)


def _test_checkpoint(clone: "Clone", number: int, options: list[str]) -> None:
    import tempfile

    from course.learner.running import checkpoint_python, run_pytest
    from course.tree import write_folder

    tree = clone.checkpoint(clone.course.chapter(number).number)
    click.echo(f"preparing checkpoint {number} and its environment ...", err=True)
    python = checkpoint_python(clone.repository, tree)
    with tempfile.TemporaryDirectory(prefix="course-test-") as name:
        write_folder(tree, Path(name))
        passed = run_pytest(Path(name), python, options)
    sys.exit(0 if passed else 1)


def _record(clone: "Clone") -> None:
    """Note that the learner's chapter is done, if these were its own tests."""
    from course.learner.progress import record_chapter
    from course.tree import read_paths

    chapter = clone.chapter
    if chapter is None or clone.published:
        return
    wanted = clone.repository.tree(clone.tip(chapter.number), chapter.test_folder)
    if read_paths(clone.repository.root, wanted) != wanted:
        click.echo(
            f"These are not all the tests of chapter {chapter.number}: "
            f"`git checkout chapter-{chapter.number} -- {chapter.test_folder}`"
        )
        return
    record_chapter(clone.repository, chapter.number)
    click.echo(f"Chapter {chapter.number} is done: its tests pass in your tree.")
