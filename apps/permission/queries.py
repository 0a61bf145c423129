"""What the admin pages and `flask user list` show, each by one query.

These functions only read, and no rule applies to what they return. So the pages and
commands call them directly.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from apps.permission.models import (
    EVERYBODY,
    Permission,
    Role,
    RoleChange,
    RolePermission,
    UserRole,
)
from apps.store.database import db
from apps.user.models import User

PAGE = 50  # rows of a page


class Member(NamedTuple):
    """A user, as the list shows it."""

    id: int
    name: str
    created_at: datetime
    roles: list[str]


class Held(NamedTuple):
    """A role, and whether a user has it."""

    name: str
    held: bool


class Change(NamedTuple):
    """A row of the audit.

    actor is None for the command line, and a name is None if the account was deleted.
    """

    id: int
    at: datetime
    via: str
    actor: str | None
    action: str
    user: str | None
    role: str


def members(
    after: str = "", like: str = "", limit: int | None = PAGE
) -> tuple[list[Member], str]:
    """Return a page of users, by name, and the `after` of the next page or "".

    The page begins after the name `after` and holds names that begin with `like`; with
    limit None it holds all.
    """
    roles = (
        select(func.aggregate_strings(UserRole.role, " "))
        .where(UserRole.user_id == User.id)
        .scalar_subquery()
    )
    wanted = (
        select(User.id, User.name, User.created_at, roles)
        .where(User.name > after, User.name.startswith(like, autoescape=True))
        .order_by(User.name)
        .limit(limit and limit + 1)
    )
    rows = [
        Member(id, name, created_at, sorted((held or "").split()))
        for id, name, created_at, held in db.session.execute(wanted)
    ]
    more = limit is not None and len(rows) > limit
    return rows[:limit], rows[:limit][-1].name if more else ""


def member(user_id: int) -> tuple[str, datetime, list[Held]] | None:
    """Return a user's name, day of joining and roles; None if there is no such user."""
    held = (UserRole.role == Role.name) & (UserRole.user_id == User.id)
    rows = db.session.execute(
        select(User.name, User.created_at, Role.name, UserRole.role)
        .select_from(User)
        .join(Role, Role.name != EVERYBODY)
        .outerjoin(UserRole, held)
        .where(User.id == user_id)
        .order_by(Role.name)
    ).all()
    if not rows:
        return None
    return rows[0][0], rows[0][1], [Held(row[2], row[3] is not None) for row in rows]


def changes(
    before: int | None = None, user_id: int | None = None
) -> tuple[list[Change], int | None]:
    """Return a page of the audit, newest first, and the `before` of the next page.

    That is None on the last page. With user_id only the changes of one user are listed.
    """
    actor, user = aliased(User), aliased(User)
    wanted = (
        select(
            RoleChange.id,
            RoleChange.at,
            RoleChange.via,
            actor.name,
            RoleChange.action,
            user.name,
            RoleChange.role,
        )
        .outerjoin(actor, actor.id == RoleChange.actor_id)
        .outerjoin(user, user.id == RoleChange.user_id)
        .order_by(RoleChange.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        wanted = wanted.where(RoleChange.id < before)
    if user_id is not None:
        wanted = wanted.where(RoleChange.user_id == user_id)
    rows = [Change(*row) for row in db.session.execute(wanted)]
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def roles_by_permission() -> dict[str, list[str]]:
    """Return the roles that have each permission."""
    rows = db.session.execute(
        select(Permission.name, RolePermission.role)
        .outerjoin(RolePermission, RolePermission.permission == Permission.name)
        .order_by(Permission.name, RolePermission.role)
    )
    table: dict[str, list[str]] = {}
    for permission, role in rows:
        table.setdefault(permission, []).extend([role] if role else [])
    return table
