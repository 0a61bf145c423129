"""`course hint [EXERCISE]`: a hint, from main."""

import click

from course.terminal import display_tool


@click.command()
@click.argument("exercise", required=False)
def command(exercise: str | None) -> None:
    """Show the hint of an EXERCISE; a part of its name is enough.

    Without a name: the hint of the exercise that you are working on, or a list.

    \b
    Example:
      course hint
      course hint a-page
    """
    from course.learner.attempt import find, read, under_way
    from course.learner.clone import Clone

    clone = Clone.here()
    if exercise is not None:
        found = find(clone, exercise)
        click.echo((found.hint or f"{found.name} has no hint.").rstrip("\n"))
        return
    chapter = clone.own_chapter()
    known = [read(clone, folder) for folder in clone.exercises_of(chapter)]
    now = known if len(known) == 1 else [one for one in known if under_way(clone, one)]
    if len(now) == 1:
        click.echo(f"{now[0].title}\n")
        click.echo((now[0].hint or "It has no hint.").rstrip("\n"))
        return
    if not known:
        click.echo(f"Chapter {chapter.number} has no exercises.")
    for one in known:
        click.echo(f"{display_tool()} hint {one.name}: {one.title}")
