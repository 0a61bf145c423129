"""The rules: what was read, where to go on, and what counts as a view."""

from collections.abc import Sequence

from apps import clock
from apps.progress import backend
from apps.progress.models import Progress
from apps.user.models import User
from apps.user.signals import user_deleted

MOST_READ = 5  # in the list
MARGIN = 15  # parts that were read more, and may have left the book


def mark(user: User, part: str) -> None:
    """Note that the user has read a part."""
    backend.mark(user.id, part, clock.now())


def unmark(user: User, part: str) -> None:
    """Forget that the user has read a part."""
    backend.unmark(user.id, part)


@user_deleted.connect
def forget(user: User) -> None:
    """Forget what a user has read who is about to be deleted."""
    backend.forget(user.id)


def next_part(parts: Sequence[str], read: dict[str, str]) -> str | None:
    """Return the first unread part after the one that was read last.

    After the end of the book comes what was left out; None where nothing was.
    """
    last = max(read, key=lambda part: read[part], default=None)
    begin = parts.index(last) if last else 0
    ahead = [*parts[begin:], *parts[:begin]]
    return next((part for part in ahead if part not in read), None)


def count_view(part: str, visitor: str) -> None:
    """Count that somebody has opened a part, once a day."""
    backend.count_view(part, visitor)


def overview(user: User | None, parts: Sequence[str]) -> Progress:
    """Return what the user has read of these parts, and which are read most."""
    found, views = backend.overview(user.id if user else None, MOST_READ + MARGIN)
    read = {part: found[part] for part in parts if part in found}
    most_read = [(part, int(count)) for part, count in views if part in parts]
    return Progress(read, next_part(parts, read), most_read[:MOST_READ])
