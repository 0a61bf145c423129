"""`course start N`: begin a chapter in a folder of one's own."""

from pathlib import Path

import click


@click.command()
@click.argument("number", type=int, metavar="N")
@click.option(
    "--into", type=click.Path(path_type=Path), help="A folder of your choice."
)
def command(number: int, into: Path | None) -> None:
    """Begin chapter N: your own branch, in a folder of its own.

    Makes the branch my-chapter-N, which begins where chapter N-1 ends and has chapter
    N's text and exercises, in the folder `mine/` (or --into another). The clone stays
    on main and serves the book. A chapter that you have begun is continued, never
    reset. It begins at the course's own end of chapter N-1; where you have files of
    your own, it prints how to go on from them instead.

    \b
    Example:
      course start 2
      course start 2 --into ~/my-reading-room
    """
    from course.learner.beginning import begin
    from course.learner.clone import Clone, display_path
    from course.learner.running import moved_environment
    from course.terminal import display_tool

    clone = Clone.here()
    chapter = clone.course.chapter(number)
    begun = begin(clone, number, into, lambda line: click.echo(line, err=True))
    verb = "Continues" if begun.continued else "Begins"
    folder = display_path(begun.folder)
    text = begun.folder / chapter.folder / "README.md"
    click.echo(f"{verb} chapter {number}, {chapter.title}, on {begun.branch}.")
    if begun.earlier:
        click.echo(
            f"It starts from the course's own chapter {number - 1}. To go on with "
            f"your own files instead:\n  git checkout {begun.earlier} -- ."
        )
    if moved := moved_environment(begun.folder):
        click.echo(moved)
    click.echo()
    if begun.folder != Path.cwd():
        click.echo(f"  cd {folder}")
    if (begun.folder / ".venv").exists():
        click.echo("  . .venv/bin/activate")
    click.echo(f"\nIn there, call this tool as {display_tool(begun.folder)}")
    address = f"http://127.0.0.1:8000/chapter/{chapter.slug}"
    click.echo(f"Read:  {address} (while `make run` is running)")
    click.echo(f"   or  {display_path(text)}")
