"""`course new DIR --chapter N`: a project of the reader's own."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--chapter", "number", type=int, required=True, metavar="N")
@click.option("--name", help="The project's name; by default the folder's.")
def command(folder: Path, number: int, name: str | None) -> None:
    """Make a project of your own in DIR from checkpoint N.

    It has its own name, git history, licence and README, and two sample pages in the
    place of the course's texts.

    \b
    Example:
      course new ~/books --chapter 2
      course new ~/books --chapter 2 --name "My Books"
    """
    from course.learner.clone import Clone, display_path
    from course.learner.project import NO_KNOWN_WEAKNESSES, make_project

    project = make_project(Clone.here(), folder, number, name)
    where, author = display_path(project.folder), project.author
    click.echo(f"Made {project.name} in {where}, one commit by {author.name}.")
    if not author.known:
        click.echo(
            "Git does not know you: set `git config --global user.name` and "
            "user.email, then `git commit --amend --reset-author`; edit LICENSE too."
        )
    click.echo(
        f"How to run and to test it: {display_path(project.folder / 'README.md')}\n"
    )
    if not project.weaknesses:
        click.echo(NO_KNOWN_WEAKNESSES)
        return
    click.echo("What it does not yet defend against:")
    for weakness, chapter in project.weaknesses:
        where = f" (chapter {chapter.number}, {chapter.slug})" if chapter else ""
        click.echo(f"  - {weakness}{where}")
