"""The time, asked for in one place, so that a test can hold it still."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time in UTC, with its zone."""
    return datetime.now(UTC)
