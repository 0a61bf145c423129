"""The rules: who may do what, and who says so."""

from apps.domain_error import DomainError
from apps.permission import backend
from apps.store.database import atomic
from apps.user.models import User
from apps.user.signals import user_deleted

ADMIN = "admin"  # once there is one, there is always one


class Forbidden(Exception):
    """It is known who asks, and this is not allowed to them."""


class LastAdmin(DomainError):
    """Without this admin nobody could make another one."""


def may(user: User, permission: str, owner_id: int | None = None) -> bool:
    """Tell whether a user may do this; with what is one's own, everybody may.

    owner_id is the user to whom the object belongs, if it belongs to one.
    """
    return user.id == owner_id or permission in backend.permissions(user)


def demand(user: User, permission: str, owner_id: int | None = None) -> None:
    """Go on only if the user may. Raises Forbidden."""
    if not may(user, permission, owner_id):
        raise Forbidden(f"That takes the permission {permission}.")


def change(action: str, user_id: int, role: str, actor: User | None = None) -> bool:
    """`grant` a role to a user, or `revoke` it; False if there is nothing to do.

    actor is who asks; None is the command line, which may. Everything is read again
    under a lock: two admins who dismiss each other would both succeed otherwise.
    Raises Forbidden, LastAdmin, RoleNotFound, UserNotFound.
    """
    with atomic():
        backend.lock(role)
        user = backend.find(user_id)
        if actor:
            demand(backend.find(actor.id), "role.grant")
        if (role in backend.roles(user_id)) == (action == "grant"):
            return False
        if action == "revoke":
            _keep_an_admin(user, role)
        backend.change(action, user, role, actor, "page" if actor else "command")
        return True


@user_deleted.connect
def forget(user: User) -> None:
    """Take all roles from a user who is about to be deleted. Raises LastAdmin."""
    backend.lock(ADMIN)  # or somebody makes this user the only admin meanwhile
    for role in backend.roles(user.id):
        backend.lock(role)
        _keep_an_admin(user, role)
        backend.change("revoke", user, role, user, "deletion")


def _keep_an_admin(user: User, role: str) -> None:
    if role == ADMIN and not backend.others_have(ADMIN, user.id):
        raise LastAdmin("Make somebody else an admin first.")
