"""`flask user`: give roles from the terminal; the first admin can only be made here."""

import click

from apps.permission import backend, domain, listing
from apps.permission.pages import blueprint
from apps.user import domain as accounts

REFUSALS = (domain.LastAdmin, backend.RoleNotFound, backend.UserNotFound)


@blueprint.cli.command("grant")
@click.argument("name")
@click.argument("role")
def grant(name: str, role: str) -> None:
    """Give the user NAME the role ROLE."""
    name, done = _change("grant", name, role)
    click.echo(f"{name} {'now has' if done else 'already had'} the role {role}.")


@blueprint.cli.command("revoke")
@click.argument("name")
@click.argument("role")
def revoke(name: str, role: str) -> None:
    """Take the role ROLE from the user NAME."""
    name, done = _change("revoke", name, role)
    click.echo(f"{name} {'no longer has' if done else 'did not have'} the role {role}.")


@blueprint.cli.command("list")
def list_users() -> None:
    """Show every user, and the roles that were granted to them."""
    for member in listing.members(limit=None)[0]:
        click.echo(f"{member.name:<24} {', '.join(member.roles) or backend.EVERYBODY}")


def _change(action: str, name: str, role: str) -> tuple[str, bool]:
    """Do it, or say in one line why not; return whose role it is, and if it changed."""
    user = accounts.find(name)
    if user is None:
        raise click.ClickException(f"There is no user {name!r}.")
    try:
        return user.name, domain.change(action, user.id, role)
    except REFUSALS as refusal:
        raise click.ClickException(str(refusal)) from refusal
