"""The commands `flask keys` and `flask token`."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

from apps import clock
from apps.token import domain, signing
from apps.token.keys import KeyInUse, KeysUnusable, key_file
from apps.user import domain as users

keys = AppGroup("keys", help="The keys that sign access tokens.")
token = AppGroup("token", help="Tokens that were given out.")


@contextmanager
def _plainly() -> Iterator[None]:
    """Show an error as one line, without a traceback."""
    try:
        yield
    except (KeyInUse, KeysUnusable) as error:
        raise click.ClickException(str(error)) from error


@keys.command("rotate")
def rotate() -> None:
    """Add a key, which signs from now on; the others verify until they are retired."""
    with _plainly():
        click.echo(f"{key_file().rotate(clock.now())} signs from now on.")


@keys.command("list")
def list_keys() -> None:
    """List the ids of the keys, never the keys."""
    with _plainly():
        file = key_file()
        *old, last = file.current()
        free = file.changed_at() + signing.LIFETIME + signing.LEEWAY
        until = f"can be retired from {free:%Y-%m-%d %H:%M:%S} UTC on"
        for kid in old:
            click.echo(f"{kid}  verifies; {until}")
        click.echo(f"{last}  signs")


@keys.command("retire")
@click.argument("kid")
@click.option("--leaked", is_flag=True, help="Delete it now, and refuse its tokens.")
def retire(kid: str, leaked: bool) -> None:
    """Delete a key, once the last token that it signed has expired."""
    with _plainly():
        if leaked:
            signs = key_file().retire_leaked(kid, clock.now())
            click.echo(f"{kid} is gone, and its tokens are refused. {signs} signs.")
        else:
            lifetime = signing.LIFETIME + signing.LEEWAY
            key_file().retire(kid, clock.now(), lifetime)
            click.echo(f"{kid} is gone.")


@token.command("sweep")
def sweep() -> None:
    """Delete expired tokens and ended sessions; run it once a day."""
    domain.sweep()
    users.sweep()
