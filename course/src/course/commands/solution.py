"""`course solution EXERCISE`: the patch that solves it, from main."""

import click


@click.command()
@click.argument("exercise")
@click.option("--apply", "applied", is_flag=True, help="Apply it to your files.")
def command(exercise: str, applied: bool) -> None:
    """Show the solution of an EXERCISE, as a diff against the chapter's end.

    With --apply it is applied to your files, if your work on them is committed.

    \b
    Example:
      course solution a-page
      course solution a-page --apply
    """
    from course.learner.attempt import find, solve
    from course.learner.clone import Clone

    clone = Clone.here()
    found = find(clone, exercise)
    if applied:
        for path in solve(clone, found):
            click.echo(f"changed {path}")
        return
    for line in (found.solution or b"").decode("utf-8", "replace").splitlines():
        colour = {"-": "red", "+": "green", "@": "cyan"}.get(line[:1])
        click.secho(line, fg=colour)
