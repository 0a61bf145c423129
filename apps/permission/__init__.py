"""Who may do what: roles, permissions, and the pages and commands that give them."""

from apps.permission import commands
from apps.permission.pages import blueprint

__all__ = ["blueprint", "commands"]
