"""The store of accounts and of sessions. Call it inside `atomic()` to write."""

from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from apps.store.database import db
from apps.user.models import User, UserSession


class AlreadyExists(Exception):
    """A row with this name, address or key exists; there may be only one."""


def add(row: User | UserSession) -> None:
    """Write a new row. Raises AlreadyExists."""
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise AlreadyExists from error


def find(key: str) -> User | None:
    """Find the account with this name or address, written as in the database."""
    return db.session.scalar(
        select(User).where(or_(User.name == key, User.email == key))
    )


def replace_password(user: User, password: str) -> bool:
    """Store a new hash; False if the password was changed since user was read."""
    query = update(User).where(User.id == user.id, User.password == user.password)
    changed = db.session.execute(query.values(password=password))
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def lock(user: User) -> bool:
    """Let nobody else change the account until the transaction ends.

    False where it was deleted, or got another password, since user was read.
    """
    query = select(User.password).where(User.id == user.id).with_for_update()
    return db.session.scalar(query) == user.password


def remove(user: User) -> None:
    """Delete the account; the database deletes its sessions with it."""
    db.session.execute(delete(User).where(User.id == user.id))


def find_session(key_hash: str) -> tuple[User, UserSession] | None:
    """Find a session and its user, in one query."""
    query = select(User, UserSession).join(UserSession, UserSession.user_id == User.id)
    row = db.session.execute(query.where(UserSession.key_hash == key_hash)).first()
    return (row[0], row[1]) if row else None


def update_seen_at(key_hash: str, seen_at: datetime) -> None:
    """Write when a session was last used, if it is still there."""
    query = update(UserSession).where(UserSession.key_hash == key_hash)
    db.session.execute(query.values(seen_at=seen_at))


def end_session(key_hash: str) -> None:
    """Delete one session."""
    db.session.execute(delete(UserSession).where(UserSession.key_hash == key_hash))


def end_sessions(user: User, unseen_since: datetime | None = None) -> None:
    """Delete the user's sessions: all, or those not used since a moment."""
    query = delete(UserSession).where(UserSession.user_id == user.id)
    if unseen_since:
        query = query.where(UserSession.seen_at < unseen_since)
    db.session.execute(query)


def sweep_sessions(begun_until: datetime, unseen_since: datetime) -> None:
    """Delete all sessions that began, or were last used, before these moments."""
    ended = or_(
        UserSession.created_at <= begun_until, UserSession.seen_at <= unseen_since
    )
    db.session.execute(delete(UserSession).where(ended))
