"""`course reset EXERCISE`: its files as they are where the exercise begins."""

import click


@click.command()
@click.argument("exercise")
def command(exercise: str) -> None:
    """Undo your work on an EXERCISE: its files become those of the chapter's end.

    These are its task and tests, the files that its solution changes, and any others
    that matched the chapter's end in one of your commits. Work that is not committed
    is never overwritten.

    \b
    Example:
      course reset a-page
    """
    from course.learner.attempt import find, reset
    from course.learner.clone import Clone

    clone = Clone.here()
    found = find(clone, exercise)
    paths = reset(clone, found)
    for path in paths:
        click.echo(f"restored {path}")
    if not paths:
        click.echo(f"Nothing to do: {found.name} is as it was at its start.")
