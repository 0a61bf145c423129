"""`course branches`: write the chapter branches, and publish them if asked."""

import click

from course.branches import Release, publish, write_branches
from course.git import Repository


@click.command()
@click.option(
    "--from",
    "source",
    metavar="REF",
    help="Weave from this commit instead of main; the work tree is never read.",
)
@click.option(
    "--push", metavar="REMOTE", help="Publish the branches there, never by force."
)
def command(source: str | None, push: str | None) -> None:
    """Write chapter-1, chapter-2 ... as this clone's branches.

    A branch that has commits of your own, or that is checked out, is left alone; its
    release is then found under refs/course/.
    """
    repository = Repository.find()
    if source is None:
        source = repository.source_ref()
    releases = write_branches(repository, source)
    _show(releases)
    if push is not None:
        published = publish(repository, push, releases)
        click.echo(f"{push}: {published or 'nothing new to publish'}")


def _show(releases: list[Release]) -> None:
    """Print a line for each chapter that is not what it was."""
    for release in releases:
        if release.status != "unchanged" or release.message:
            name = f"chapter-{release.number}"
            line = f"{name:<12}{release.status:<14}{release.commit[:10]}"
            click.echo(line + (f"  {release.message}" if release.message else ""))
