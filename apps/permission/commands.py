"""`flask user`: give roles from the terminal; the first admin can only be made here."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from apps.permission import backend, domain, queries
from apps.permission.models import EVERYBODY
from apps.permission.pages import blueprint
from apps.user import domain as accounts
from apps.user.models import User

ERRORS = (domain.LastAdmin, backend.RoleNotFound, backend.UserNotFound)


@blueprint.cli.command("grant")
@click.argument("name")
@click.argument("role")
@click.option("--yes", is_flag=True, help="Do not ask before making an admin.")
def grant(name: str, role: str, yes: bool) -> None:
    """Give the user NAME the role ROLE."""
    user = _find(name)
    if role == domain.ADMIN and not yes:
        question = f"{user.name} will be able to do everything here. Go on?"
        click.confirm(question, abort=True)
    with _errors_in_one_line():
        done = domain.grant(user.id, role)
    click.echo(f"{user.name} {'now has' if done else 'already had'} the role {role}.")


@blueprint.cli.command("revoke")
@click.argument("name")
@click.argument("role")
def revoke(name: str, role: str) -> None:
    """Take the role ROLE from the user NAME."""
    user = _find(name)
    with _errors_in_one_line():
        done = domain.revoke(user.id, role)
    had = "no longer has" if done else "did not have"
    click.echo(f"{user.name} {had} the role {role}.")


@blueprint.cli.command("list")
def list_users() -> None:
    """Show every user, and the roles that were granted to them."""
    for member in queries.members(limit=None)[0]:
        click.echo(f"{member.name:<24} {', '.join(member.roles) or EVERYBODY}")


def _find(name: str) -> User:
    """Return the user with a name or an address, or end with one line of error."""
    user = accounts.find(name)
    if user is None:
        raise click.ClickException(f"There is no user {name!r}.")
    return user


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """Print what the domain does not allow as one line, without a traceback."""
    try:
        yield
    except ERRORS as error:
        raise click.ClickException(str(error)) from error
