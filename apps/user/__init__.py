"""Accounts: who is who, and who is logged in."""

from apps.user import (
    onward,  # chapter 5
    pages,  # chapter 5
    sessions,
)
from apps.user.views import blueprint

__all__ = [
    "blueprint",
    "onward",  # chapter 5
    "pages",  # chapter 5
    "sessions",
]
