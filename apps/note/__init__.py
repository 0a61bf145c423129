"""Notes: what readers write about the book, for themselves or for all."""

from flask import Flask

from apps.note import commands


def init_app(app: Flask) -> None:
    """Give the app the commands for notes."""
    app.cli.add_command(commands.group)
