"""The rules: who may do what, and who may change that."""

from apps.domain_error import DomainError
from apps.permission import backend, models
from apps.store.database import atomic
from apps.user.models import User
from apps.user.signals import user_deleted

ADMIN = "admin"  # once there is one, there is always one


class Forbidden(Exception):
    """The user is known, and is not allowed to do this."""


class LastAdmin(DomainError):
    """Without this admin nobody could make another one."""


def may(user: User, permission: str, owner_id: int | None = None) -> bool:
    """Tell whether a user has the permission, or owns what it is asked for.

    owner_id is the user to whom the object belongs, if it belongs to one.
    """
    return user.id == owner_id or permission in models.permissions(user)


def demand(user: User, permission: str, owner_id: int | None = None) -> None:
    """Raise Forbidden unless the user has the permission or owns the object."""
    if not may(user, permission, owner_id):
        raise Forbidden(f"This requires the permission {permission}.")


def grant(user_id: int, role: str, actor: User | None = None) -> bool:
    """Give a user a role; return False if the user has it already.

    actor is who asks; None is the command line, which may do it without a permission.
    Raises Forbidden, RoleNotFound, UserNotFound.
    """
    with atomic():
        user = _locked(user_id, role, actor)
        if role in backend.roles(user_id):
            return False
        backend.grant(user, role, actor, "page" if actor else "command")
        return True


def revoke(user_id: int, role: str, actor: User | None = None) -> bool:
    """Take a role from a user; return False if the user does not have it.

    actor is who asks, as in grant.
    Raises Forbidden, LastAdmin, RoleNotFound, UserNotFound.
    """
    with atomic():
        user = _locked(user_id, role, actor)
        if role not in backend.roles(user_id):
            return False
        _keep_an_admin(user, role)
        backend.revoke(user, role, actor, "page" if actor else "command")
        return True


@user_deleted.connect
def forget(user: User) -> None:
    """Take all roles from a user who is about to be deleted. Raises LastAdmin."""
    backend.lock(ADMIN)  # or somebody makes this user the only admin meanwhile
    for role in backend.roles(user.id):
        backend.lock(role)
        _keep_an_admin(user, role)
        backend.revoke(user, role, user, "deletion")


def _locked(user_id: int, role: str, actor: User | None) -> User:
    """Lock the role, read the user anew, and check that the actor may change roles.

    Without the lock, two admins who dismiss each other would both succeed.
    """
    backend.lock(role)
    user = backend.find(user_id)
    if actor:
        demand(backend.find(actor.id), "role.grant")
    return user


def _keep_an_admin(user: User, role: str) -> None:
    """Raise LastAdmin if this user is the only one with the role admin."""
    if role == ADMIN and not backend.others_have(ADMIN, user.id):
        raise LastAdmin("Make somebody else an admin first.")
