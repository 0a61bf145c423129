"""`course hint EXERCISE`: a hint, from main."""

import click


@click.command()
@click.argument("exercise")
def command(exercise: str) -> None:
    """Show the hint of an EXERCISE; a part of its name is enough.

    \b
    Example:
      course hint a-page
    """
    from course.learner.attempt import find
    from course.learner.clone import Clone

    found = find(Clone.here(), exercise)
    click.echo((found.hint or f"{found.name} has no hint.").rstrip("\n"))
