"""The rules: who may do what, and who says so."""

from apps.database import atomic
from apps.permission import backend
from apps.permission.models import EVERYBODY
from apps.user.models import User
from apps.user.signals import user_deleted

ADMIN = "admin"  # once there is one, there is always one


class Forbidden(Exception):
    """It is known who asks, and this is not allowed to them."""


class LastAdmin(Exception):
    """Without this admin nobody could make another one."""


class RoleNotFound(Exception):
    """There is no such role that could be granted."""


class UserNotFound(Exception):
    """There is no such user, or no more."""


def find(user_id: int) -> User:
    """Return the user with this id. Raises UserNotFound."""
    user = backend.reread(user_id)
    if user is None:
        raise UserNotFound("There is no such user.")
    return user


def may(user: User, permission: str, owner_id: int | None = None) -> bool:
    """Tell whether a user may do this; with what is one's own, everybody may.

    owner_id is the user to whom the object belongs, if it belongs to one.
    """
    return user.id == owner_id or permission in backend.permissions(user)


def demand(user: User, permission: str, owner_id: int | None = None) -> None:
    """Go on only if the user may. Raises Forbidden."""
    if not may(user, permission, owner_id):
        raise Forbidden(f"That takes the permission {permission}.")


def change(action: str, user: User, role: str, actor: User | None = None) -> bool:
    """`grant` a role to a user, or `revoke` it; False if there is nothing to do.

    actor is who asks; None is the command line, which may. Everything is read again
    under a lock: two admins who dismiss each other would both succeed otherwise.
    Raises Forbidden, LastAdmin, RoleNotFound, UserNotFound.
    """
    with atomic():
        if role == EVERYBODY or not backend.lock(role):
            raise RoleNotFound(f"There is no role {role!r} that could be granted.")
        find(user.id)
        if actor:
            demand(find(actor.id), "role.grant")
        if (role in backend.roles(user.id)) == (action == "grant"):
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
