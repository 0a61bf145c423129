"""Who may do what: roles, permissions, and the pages and commands that give them."""

from flask import Flask

from apps.permission import commands, models
from apps.permission.pages import blueprint

__all__ = ["blueprint", "commands", "init_app"]


def init_app(app: Flask) -> None:
    """Load a user's permissions with every query that reads users."""
    models.add_permissions_to_users()
