"""Accounts: who is who, and who is logged in."""

from apps.user import sessions
from apps.user.views import blueprint

__all__ = ["blueprint", "sessions"]
