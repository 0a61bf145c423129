"""Who may do what: users have roles, roles have permissions, changes leave a row."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, func, inspect, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from apps.store.column_types import Time
from apps.store.database import db
from apps.user.models import User

EVERYBODY = "reader"  # whoever has an account has this role, without a row


class Role(db.Model):
    """What somebody is here: reader, author, moderator, admin."""

    name: Mapped[str] = mapped_column(String(32), primary_key=True)


class Permission(db.Model):
    """What can be allowed: `user.list`, a thing and what is done to it."""

    name: Mapped[str] = mapped_column(String(64), primary_key=True)


class RolePermission(db.Model):
    """Whoever has the role may do this."""

    role: Mapped[str] = mapped_column(ForeignKey(Role.name), primary_key=True)
    permission: Mapped[str] = mapped_column(
        ForeignKey(Permission.name), primary_key=True
    )


class UserRole(db.Model):
    """A user has a role; deleted together with the user."""

    user_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(
        ForeignKey(Role.name), primary_key=True, index=True
    )


def add_permissions_to_users() -> None:
    """Load a user's permissions with every query that reads users.

    The class User is shared by all apps of a process, so the first app adds the column.
    """
    if "allowed" in inspect(User).attrs:
        return
    granted = select(UserRole.role).where(UserRole.user_id == User.id).correlate(User)
    allowed = (
        select(func.aggregate_strings(RolePermission.permission, " "))
        .where(RolePermission.role.in_(granted) | (RolePermission.role == EVERYBODY))
        .correlate(User)
    )
    inspect(User).add_property("allowed", column_property(allowed.scalar_subquery()))


def permissions(user: User) -> frozenset[str]:
    """Return what the user was allowed to do when the user was read."""
    return frozenset((inspect(user).attrs["allowed"].value or "").split())


class RoleChange(db.Model):
    """An audit entry. User ids become NULL when the user is deleted; it stays."""

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Time)
    via: Mapped[str] = mapped_column(String(16))  # command, page, deletion
    actor_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    action: Mapped[str] = mapped_column(String(16))  # grant, revoke
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    role: Mapped[str] = mapped_column(String(32))
