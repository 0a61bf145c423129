"""`course branches`: write the chapter branches, and publish them if asked."""

import click

from course.branches.finding import find_source_ref
from course.branches.writing import Release, publish, write_branches
from course.git.repository import Repository


@click.command()
@click.option(
    "--from",
    "source",
    metavar="REF",
    help="Weave from this commit instead of main; the work tree is never read.",
)
@click.option("--quiet", is_flag=True, help="Say nothing where nothing is new.")
@click.option(
    "--push", metavar="REMOTE", help="Publish the branches there, never by force."
)
def command(source: str | None, push: str | None, quiet: bool) -> None:
    """Write chapter-1, chapter-2 ... as this clone's branches.

    A branch that has commits of your own, or that is checked out, is left alone; its
    release is then found under refs/course/.
    """
    repository = Repository.find()
    if source is None:
        source = find_source_ref(repository)
    releases = write_branches(repository, source)
    if not _show(releases) and not quiet:
        click.echo(f"chapter-1 to chapter-{len(releases)}: nothing new")
    if push is not None:
        published = publish(repository, push, releases)
        click.echo(f"{push}: {published or 'nothing new to publish'}")


def _show(releases: list[Release]) -> bool:
    """Print a line for each chapter that changed; return whether there was one."""
    changed = [one for one in releases if one.status != "unchanged" or one.message]
    for release in changed:
        name = f"chapter-{release.number}"
        line = f"{name:<12}{release.status:<14}{release.commit[:10]}"
        click.echo(line + (f"  {release.message}" if release.message else ""))
    return bool(changed)
