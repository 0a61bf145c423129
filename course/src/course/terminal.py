"""The terminal: colour and tables for a person, plain text for a pipe."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


@cache
def console(*, stderr: bool = False) -> "Console":
    """Return the one console of a stream; rich is imported here, not at start-up."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)
