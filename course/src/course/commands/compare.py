"""`course compare [N.K]`: the learner's tree against the text's after a step."""

import sys

import click


@click.command()
@click.argument("point", required=False, metavar="[N.K]")
def command(point: str | None) -> None:
    """Compare your tree with the text's after step K of chapter N.

    Without an argument: with the step that your files are closest to. N alone is the
    end of the chapter. Nothing is run. Lines with `-` are the text's, with `+` yours.
    Exit code 0 if they are the same, 1 if not.

    \b
    Example:
      course compare
      course compare 2.3
    """
    from course.learner.clone import Clone
    from course.learner.comparison import compare, compare_nearest, parse_point

    number, step = parse_point(point) if point else (0, None)
    clone = Clone.here()
    if clone.annotated:
        clone.own_chapter()
    if point:
        found = compare(clone, number, step)
    else:
        found = compare_nearest(clone, clone.own_chapter().number)
    if not found.differences:
        click.echo(f"Your files match the text at {found.where}.")
        return
    count = len(found.differences)
    files = "1 file differs" if count == 1 else f"{count} files differ"
    click.echo(f"{files} from the text at {found.where}:\n")
    for difference in found.differences:
        click.echo(f"  {difference.path}: {difference.words()}")
    for difference in found.differences:
        if difference.text is not None and difference.yours is not None:
            click.echo()
            for line in difference.diff():
                click.secho(line, fg=_colour(line))
    sys.exit(1)


def _colour(line: str) -> str | None:
    """Colour a line of a diff; click leaves colours out where output is piped."""
    return {"-": "red", "+": "green", "@": "cyan"}.get(line[:1])
