"""Tokens: what programs log in with."""

from flask import Flask

from apps.token import authentication, challenges, commands
from apps.token.views import blueprint
from apps.web.login_manager import login_manager

__all__ = ["blueprint", "init_app"]


def init_app(app: Flask) -> None:
    """Let a token say who calls."""
    login_manager.request_loader(authentication.load)
    login_manager.unauthorized_handler(challenges.refuse)
    app.cli.add_command(commands.keys)
    app.cli.add_command(commands.token)
