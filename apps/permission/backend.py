"""The store of roles and of the audit. Call it inside `atomic()` to write."""

from sqlalchemy import delete, exists, select

from apps import clock
from apps.permission.models import EVERYBODY, Role, RoleChange, UserRole
from apps.store.database import db
from apps.user.models import User


class RoleNotFound(Exception):
    """There is no such role that could be granted."""


class UserNotFound(Exception):
    """There is no such user, or no more."""


def roles(user_id: int) -> list[str]:
    """List the roles that were granted to a user, by name."""
    granted = select(UserRole.role).where(UserRole.user_id == user_id)
    return list(db.session.scalars(granted.order_by(UserRole.role)))


def lock(role: str) -> None:
    """Let nobody else change who has a role until we commit. Raises RoleNotFound."""
    row = select(Role.name).where(Role.name == role).with_for_update()
    word = role.isalpha() and role != EVERYBODY  # no NUL, nor half a character
    if not word or db.session.scalar(row) is None:
        raise RoleNotFound(f"There is no role {role!r} that could be granted.")


def find(user_id: int) -> User:
    """Read a user as of now, and let nobody delete the account until we commit.

    Raises UserNotFound.
    """
    row = select(User).where(User.id == user_id).with_for_update(read=True)
    user: User | None = db.session.scalar(row.execution_options(populate_existing=True))
    if user is None:
        raise UserNotFound("There is no such user.")
    return user


def others_have(role: str, user_id: int) -> bool:
    """Tell whether anybody else has the role."""
    others = exists().where(UserRole.role == role, UserRole.user_id != user_id)
    return bool(db.session.scalar(select(others)))


def grant(user: User, role: str, actor: User | None, via: str) -> None:
    """Give a user a role, and write that into the audit."""
    db.session.add(UserRole(user_id=user.id, role=role))
    _record("grant", user, role, actor, via)


def revoke(user: User, role: str, actor: User | None, via: str) -> None:
    """Take a role from a user, and write that into the audit."""
    db.session.execute(delete(UserRole).filter_by(user_id=user.id, role=role))
    _record("revoke", user, role, actor, via)


def _record(action: str, user: User, role: str, actor: User | None, via: str) -> None:
    """Add a row to the audit: who did what, when, and how."""
    db.session.add(
        RoleChange(
            at=clock.now(),
            via=via,
            actor_id=actor.id if actor else None,
            action=action,
            user_id=user.id,
            role=role,
        )
    )
    db.session.flush()
