"""The rows of files, in SQL; and in Redis which upload tokens were used.

upload:...      a token's id; the key goes when the token has expired
"""

from datetime import timedelta

from sqlalchemy import Select, delete, func, select

from apps.file.models import StoredFile
from apps.store.database import db
from apps.store.redis import client
from apps.user.models import User


def spend(jti: str, lifetime: timedelta) -> bool:
    """Note that an upload token is used; False if it was used before."""
    return bool(client().set(f"upload:{jti}", 1, nx=True, ex=lifetime))


def add(file: StoredFile) -> None:
    """Write a new row."""
    db.session.add(file)
    db.session.flush()


def find_user(user_id: int) -> User | None:
    """Find the user to whom an upload belongs."""
    return db.session.get(User, user_id)


def find(file_id: int) -> StoredFile | None:
    """Find a file by its id."""
    return db.session.get(StoredFile, file_id)


def lock(file_id: int) -> StoredFile | None:
    """Find a file as it is now, and let nobody else change its row until we commit."""
    return db.session.get(
        StoredFile, file_id, populate_existing=True, with_for_update=True
    )


def of_owner(
    owner_id: int, limit: int, before: int | None
) -> tuple[list[StoredFile], int]:
    """List a user's files, the newest first; with before, those older than that one.

    Also returns how many bytes all of the user's files have, in the same round trip.
    """
    used = select(func.sum(StoredFile.size)).where(StoredFile.owner_id == owner_id)
    query = select(StoredFile, used.scalar_subquery())
    query = query.where(StoredFile.owner_id == owner_id)
    if before is not None:
        query = query.where(StoredFile.id < before)
    query = query.order_by(StoredFile.id.desc()).limit(limit)
    rows = db.session.execute(query).all()
    return [row[0] for row in rows], int(rows[0][1]) if rows else 0


def usage(owner_id: int) -> tuple[int, int]:
    """Return how many files a user has, and how many bytes they have together."""
    sums = select(func.count(), func.coalesce(func.sum(StoredFile.size), 0))
    count, size = db.session.execute(sums.where(StoredFile.owner_id == owner_id)).one()
    return count, int(size)


def remove(file_id: int) -> None:
    """Delete a row."""
    db.session.execute(delete(StoredFile).where(StoredFile.id == file_id))


def hashes_of(owner_id: int) -> set[str]:
    """Return the hashes of all files of a user."""
    query = select(StoredFile.sha256).where(StoredFile.owner_id == owner_id)
    return set(db.session.scalars(query))


def hashes_under(prefix: str) -> set[str]:
    """Return the hashes of all files whose hash begins so, as of now."""
    return _now(select(StoredFile.sha256).where(StoredFile.sha256.startswith(prefix)))


def prefixes() -> set[str]:
    """Return the two characters with which the hashes of files begin."""
    return _now(select(func.substr(StoredFile.sha256, 1, 2)).distinct())


def is_referenced(sha256: str) -> bool:
    """Tell whether any row names these bytes, as of now."""
    query = select(StoredFile.sha256).where(StoredFile.sha256 == sha256)
    return bool(_now(query.limit(1)))


def _now(query: Select[str]) -> set[str]:
    """Ask on a connection of its own: the session's may see an older moment."""
    with db.engine.connect() as connection:
        return set(connection.scalars(query))
