"""The rules for accounts and sessions; nothing here knows of HTTP."""

import hashlib
import secrets
from datetime import timedelta

from apps import clock
from apps.domain_error import DomainError
from apps.store.database import atomic, best_effort
from apps.user import backend, passwords
from apps.user.models import User, UserSession
from apps.user.names import BadEmail, BadName, email_key, login_key, name_key
from apps.user.signals import password_changed, user_deleted  # chapter 4

MAX_SESSION_AGE = timedelta(days=14)
MAX_SESSION_IDLE = timedelta(hours=24)  # without a request
SEEN_AT_INTERVAL = timedelta(minutes=5)  # between two updates of `seen_at`


class Taken(DomainError):
    """Somebody else has this name or this address."""


class WrongCredentials(Exception):
    """The name or the password is wrong; it does not say which."""


class WrongPassword(DomainError):
    """That is not the user's present password."""

    field = "old_password"


def register(name: str, email: str, password: str) -> User:
    """Make an account. Raises BadName, BadEmail, WeakPassword, Taken."""
    name, email = name_key(name), email_key(email)
    passwords.check(password, name, email)
    user = User(name=name, email=email, password=passwords.hash(password))
    try:
        with atomic():
            backend.add(user)
    except backend.AlreadyExists:
        field = "name" if backend.find(name) else "email"
        raise Taken("is taken", field) from None
    return user


def find(name: str) -> User | None:
    """Find an account by its name or address, in capitals or not."""
    try:
        return backend.find(login_key(name))
    except (BadName, BadEmail):
        return None


def log_in(name: str, password: str) -> User:
    """Return the user with this name and password. Raises WrongCredentials."""
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
                password_changed.send(user)  # chapter 4
    if not right:
        raise WrongPassword("is wrong")


def delete(user: User) -> None:
    """Delete an account, and what is stored about it."""
    with atomic():
        user_deleted.send(user)  # chapter 4
        backend.remove(user)


# region chapter 5: account-page
def change_details(user: User, name: str, email: str, password: str) -> None:
    """Give the user a name and an address; a new address asks for the password.

    Raises BadName, BadEmail, Taken, WrongPassword.
    """
    name, email = name_key(name), email_key(email)
    if email != user.email:
        require_password(user, password, "password")
    try:
        with atomic():
            if not backend.lock(user):
                raise WrongPassword("has just been changed", "password")
            user.name, user.email = name, email
            backend.add(user)
    except backend.AlreadyExists:
        other = backend.find(name)
        field = "name" if other and other.id != user.id else "email"
        raise Taken("is taken", field) from None


def delete_with_password(user: User, password: str) -> None:
    """Delete the account of whoever knows its password. Raises WrongPassword."""
    require_password(user, password, "delete_password")
    delete(user)


def require_password(user: User, password: str, field: str) -> None:
    """Raise WrongPassword, at that field, unless it is the user's password."""
    if not passwords.verify(user.password, password):
        raise WrongPassword("is wrong", field)


# endregion account-page
def begin_session(user: User) -> str:
    """Begin a session, and return its key; the database gets only the key's hash.

    Raises WrongCredentials where the password was changed since user was read.
    """
    key = secrets.token_urlsafe(32)
    with atomic():
        if not backend.lock(user):
            raise WrongCredentials("The password has just been changed.")
        now = clock.now()
        backend.end_sessions(user, unseen_since=now - MAX_SESSION_IDLE)
        session = UserSession(key_hash=_hash(key), user_id=user.id)
        session.created_at = session.seen_at = now
        backend.add(session)
    return key


def resume_session(key: str) -> User | None:
    """Return the user of a session, unless it has ended."""
    found = backend.find_session(_hash(key))
    if found is None:
        return None
    user, session = found
    now = clock.now()
    age, idle = now - session.created_at, now - session.seen_at
    if age >= MAX_SESSION_AGE or idle >= MAX_SESSION_IDLE:
        return None
    if idle >= SEEN_AT_INTERVAL:
        with best_effort("when a session was last used"), atomic():
            backend.update_seen_at(session.key_hash, now)
    return user


def end_session(key: str) -> None:
    """End a session: from now on its key is worthless."""
    with atomic():
        backend.end_session(_hash(key))


def sweep() -> None:
    """Delete the rows of all sessions that have ended by age or idleness."""
    now = clock.now()
    with atomic():
        backend.sweep_sessions(now - MAX_SESSION_AGE, now - MAX_SESSION_IDLE)


def _hash(key: str) -> str:
    """Hash a key; as it is random, it needs no salt and no slow function."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
