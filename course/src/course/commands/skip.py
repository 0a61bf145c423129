"""`course skip N.K`: the text's files after a step, for who skips what is before it."""

import click


@click.command()
@click.argument("point", metavar="N.K")
def command(point: str) -> None:
    """Take the files that you would have after step K of chapter N.

    Only files that the text has changed by then are written, and those of the text that
    it has deleted by then are deleted. Its commands are not run. Work that is not
    committed is never overwritten.

    \b
    Example:
      course skip 3.12
    """
    from course.errors import UsageError
    from course.learner.clone import Clone
    from course.learner.comparison import parse_point
    from course.learner.skipping import skip

    number, step = parse_point(point)
    if step is None:
        raise UsageError(f"write a chapter and a step, such as {number}.3")
    skipped = skip(Clone.here(), number, step)
    where = f"step {number}.{step} ({skipped.title})" if step else "step 1's beginning"
    if not (skipped.paths or skipped.deleted):
        click.echo(f"Nothing to do: your files are the text's at {where}.")
        return
    for path in skipped.paths:
        click.echo(f"wrote {path}")
    for path in skipped.deleted:
        click.echo(f"deleted {path}")
    click.echo(f"Your files are the text's at {where}.")
    if skipped.requirements:
        asked = " -r ".join(skipped.requirements)
        click.echo(f"Packages changed: python -m pip install -r {asked}")
    click.echo(
        "Commands were not run, so the database got no rows of the skipped parts."
    )
