"""Accounts: who is who, and who is logged in."""

from apps.user import (
    pages,  # chapter 5
    sessions,
)
from apps.user.views import blueprint

__all__ = [
    "blueprint",
    "pages",  # chapter 5
    "sessions",
]
