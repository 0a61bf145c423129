"""The rules for accounts and sessions; nothing here knows of HTTP."""

import hashlib
import secrets
from datetime import timedelta

from apps import clock
from apps.domain_error import Refusal
from apps.store.database import atomic
from apps.user import backend, passwords
from apps.user.models import User, UserSession
from apps.user.names import BadEmail, BadName, email_key, login_key, name_key
from apps.user.signals import password_changed, user_deleted

LONGEST = timedelta(days=14)  # that a session lasts
IDLE = timedelta(hours=24)  # that it lasts without a request
NOTED = timedelta(minutes=5)  # between two notes of when it was last seen


class Taken(Refusal):
    """Somebody else has this name or this address."""


class WrongCredentials(Exception):
    """Name and password do not belong together; it does not say which is wrong."""


class WrongPassword(Refusal):
    """That is not the password that this reader has now."""

    field = "old_password"


def register(name: str, email: str, password: str) -> User:
    """Make an account. Raises BadName, BadEmail, WeakPassword, Taken."""
    name, email = name_key(name), email_key(email)
    passwords.check(password, name, email)
    user = User(name=name, email=email, password=passwords.hash(password))
    try:
        with atomic():
            backend.add(user)
    except backend.AlreadyThere:
        field = "name" if backend.find(name) else "email"
        raise Taken("is taken", field) from None
    return user


def find(name: str) -> User | None:
    """Find an account by its name or its address, however that is written."""
    try:
        return backend.find(login_key(name))
    except (BadName, BadEmail):
        return None


def log_in(name: str, password: str) -> User:
    """Return whose name (or address) and password these are.

    Raises WrongCredentials, after the same work whether or not there is such a name.
    """
    user = find(name)
    right = passwords.verify(user.password if user else None, password)
    if user is None or not right:
        raise WrongCredentials("The name or the password is wrong.")
    if passwords.needs_rehash(user.password):
        rehashed = passwords.hash(password)
        with atomic():
            backend.replace_password(user, rehashed)
    return user


def change_password(user: User, old: str, new: str) -> None:
    """Give the user a new password, and end all that the old one has opened.

    Raises WrongPassword, WeakPassword.
    """
    right = passwords.verify(user.password, old)
    if right:
        passwords.check(new, user.name, user.email, "new_password")
        hashed = passwords.hash(new)
        with atomic():
            right = backend.replace_password(user, hashed)
            if right:
                backend.end_sessions(user)
                password_changed.send(user)
    if not right:
        raise WrongPassword("is not your password")


def delete(user: User) -> None:
    """Delete an account, and with it what subscribers of `user_deleted` hold of it."""
    with atomic():
        user_deleted.send(user)
        backend.remove(user)


def begin_session(user: User) -> str:
    """Begin a session, and return its key: the only copy, as we keep just a hash.

    Raises WrongCredentials where the password was changed since user was read.
    """
    key = secrets.token_urlsafe(32)
    with atomic():
        if not backend.hold(user):
            raise WrongCredentials("The password has just been changed.")
        now = clock.now()
        backend.end_sessions(user, unseen_since=now - IDLE)
        session = UserSession(key_hash=_hash(key), user_id=user.id)
        session.created_at = session.seen_at = now
        backend.add(session)
    return key


def resume_session(key: str) -> User | None:
    """Return whose session that is, unless it has ended."""
    found = backend.find_session(_hash(key))
    if found is None:
        return None
    user, session = found
    now = clock.now()
    if now - session.created_at >= LONGEST or now - session.seen_at >= IDLE:
        return None
    if now - session.seen_at >= NOTED:
        with atomic():
            backend.note_session(session.key_hash, now)
    return user


def end_session(key: str) -> None:
    """End a session: its key opens nothing any more."""
    with atomic():
        backend.end_session(_hash(key))


def sweep() -> None:
    """Delete the rows of sessions that have ended, of those who never return too."""
    now = clock.now()
    with atomic():
        backend.sweep_sessions(now - LONGEST, now - IDLE)


def _hash(key: str) -> str:
    """Hash a key; as it is random, it needs no salt and no slow function."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
