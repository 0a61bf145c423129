"""Who may do what: users have roles, roles have permissions, changes leave a trace."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from apps.columns import Time
from apps.database import db
from apps.user.models import User

EVERYBODY = "reader"  # whoever has an account has this role, without a row


class Role(db.Model):
    """What somebody is here: reader, author, moderator, admin."""

    name: Mapped[str] = mapped_column(String(32), primary_key=True)


class Permission(db.Model):
    """What can be allowed: `note.delete`, a thing and what is done to it."""

    name: Mapped[str] = mapped_column(String(64), primary_key=True)


class RolePermission(db.Model):
    """Whoever has the role may do this."""

    role: Mapped[str] = mapped_column(ForeignKey(Role.name), primary_key=True)
    permission: Mapped[str] = mapped_column(
        ForeignKey(Permission.name), primary_key=True
    )


class UserRole(db.Model):
    """A user has a role; the row goes with the user."""

    user_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(
        ForeignKey(Role.name), primary_key=True, index=True
    )


class RoleChange(db.Model):
    """A row of the audit. Who is deleted is forgotten here, the change is not."""

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


granted = select(UserRole.role).where(UserRole.user_id == User.id).correlate(User)
allowed = (
    select(func.aggregate_strings(RolePermission.permission, " "))
    .where(RolePermission.role.in_(granted) | (RolePermission.role == EVERYBODY))
    .correlate(User)
)
# Comes with every user, so that asking for permissions costs no query of its own.
User.__mapper__.add_property("allowed", column_property(allowed.scalar_subquery()))
