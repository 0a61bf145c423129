"""Where roles, permissions and the audit are kept."""

from sqlalchemy import delete, exists, inspect, select

from apps import clock
from apps.database import db
from apps.permission.models import Role, RoleChange, User, UserRole


def permissions(user: User) -> frozenset[str]:
    """Read what came with the user."""
    return frozenset((inspect(user).attrs["allowed"].value or "").split())


def roles(user_id: int) -> list[str]:
    """List the roles that were granted to a user, by name."""
    granted = select(UserRole.role).where(UserRole.user_id == user_id)
    return list(db.session.scalars(granted.order_by(UserRole.role)))


def lock(role: str) -> bool:
    """Let nobody else change who has a role until we commit; False: no such role."""
    row = select(Role.name).where(Role.name == role).with_for_update()
    return db.session.scalar(row) is not None


def reread(user_id: int) -> User | None:
    """Read a user as of now, and keep the account until we commit; None: it's gone."""
    row = select(User).where(User.id == user_id).with_for_update(read=True)
    return db.session.scalar(row.execution_options(populate_existing=True))


def others_have(role: str, user_id: int) -> bool:
    """Tell whether anybody else has the role."""
    others = exists().where(UserRole.role == role, UserRole.user_id != user_id)
    return bool(db.session.scalar(select(others)))


def change(action: str, user: User, role: str, actor: User | None, via: str) -> None:
    """Give the role, or take it away, and write that into the audit."""
    row = {"user_id": user.id, "role": role}
    if action == "grant":
        db.session.add(UserRole(**row))
    else:
        db.session.execute(delete(UserRole).filter_by(**row))
    actor_id = actor.id if actor else None
    audit = RoleChange(at=clock.now(), via=via, actor_id=actor_id, action=action, **row)
    db.session.add(audit)
    db.session.flush()
