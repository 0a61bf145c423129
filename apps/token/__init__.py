"""Tokens: what programs log in with."""

from flask import Flask

from apps.token import commands
from apps.token.views import blueprint

__all__ = ["blueprint", "init_app"]


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(commands.keys)
    app.cli.add_command(commands.token)
