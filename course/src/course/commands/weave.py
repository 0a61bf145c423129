"""`course weave N`: a checkpoint as the work tree makes it, or what that changes."""

import shutil
from pathlib import Path

import click

from course.branches.finding import annotated_tree, chapter_tip
from course.errors import UsageError
from course.git.repository import Repository
from course.source.weave import Source
from course.tree import Tree, write_folder


@click.command()
@click.argument("number", type=int, metavar="N")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the checkpoint there: a folder that is new or empty.",
)
@click.option(
    "--diff", is_flag=True, help="Show what it changes in chapter-N as it is here."
)
def command(number: int, into: Path | None, diff: bool) -> None:
    """Weave checkpoint N from the work tree, uncommitted edits included."""
    if (into is None) != diff:
        raise UsageError("say where the checkpoint goes: --into DIR, or --diff")
    repository = Repository.find()
    source = Source.read(annotated_tree(repository))
    source.course.chapter(number)
    woven = source.weave(number)
    if into is None:
        tip = chapter_tip(repository, number)
        click.echo(_diff(repository, repository.tree(tip) if tip else {}, woven))
        return
    write_new(woven, into)
    click.echo(f"chapter {number}: {len(woven)} files in {into}")


def write_new(tree: Tree, folder: Path) -> None:
    """Write a tree to a folder, the whole of it or nothing.

    Raises UsageError if the folder holds anything already.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty: name a new folder")
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{error.filename} is not a folder: name another") from None
    try:
        write_folder(tree, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _diff(repository: Repository, before: Tree, after: Tree) -> str:
    """Return git's diff of two trees, made in a folder that is then removed."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="course-weave-") as name:
        for side, tree in (("old", before), ("new", after)):
            (Path(name) / side).mkdir()
            write_folder(tree, Path(name) / side)
        shown = repository.run(
            *("-C", name, "diff", "--no-index", "--no-prefix", "--no-ext-diff"),
            *("old", "new"),
            check=False,
        )
    text = shown.decode("utf-8", "replace").rstrip("\n")
    return text or "nothing changes"
