"""The command `flask file sweep`."""

import click

from apps.file import sweeping
from apps.file.views import blueprint


@blueprint.cli.command("sweep")
def sweep() -> None:
    """Delete what a crash has left of files; run it once a day."""
    drafts, orphans, lost = sweeping.sweep()
    click.echo(f"deleted: {drafts} half uploads, {orphans} files that nobody has")
    for sha256 in lost:
        click.echo(f"lost: {sha256}; restore it from a backup")
