"""Questions about accounts that a list asks: the columns it shows, and no more."""

from collections.abc import Collection

from sqlalchemy import select

from apps.store.database import db
from apps.user.models import User


def names(ids: Collection[int]) -> dict[int, str]:
    """Return the names of these accounts, in one query; in none for nobody."""
    if not ids:
        return {}
    query = select(User.id, User.name).where(User.id.in_(ids))
    return {row.id: row.name for row in db.session.execute(query)}
