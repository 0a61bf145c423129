"""The rules for what readers change of their own accounts, besides the password."""

from apps.store.database import atomic
from apps.user import backend, domain, passwords
from apps.user.domain import Taken, WrongPassword
from apps.user.models import User
from apps.user.names import email_key, name_key


def change_details(user: User, name: str, email: str, password: str) -> None:
    """Give the user a name and an address; a new address asks for the password.

    Raises BadName, BadEmail, Taken, WrongPassword.
    """
    name, email = name_key(name), email_key(email)
    if email != user.email:
        demand_password(user, password, "password")
    try:
        with atomic():
            if not backend.hold(user):
                raise WrongPassword("has just been changed", "password")
            user.name, user.email = name, email
            backend.add(user)
    except backend.AlreadyThere:
        other = backend.find(name)
        field = "name" if other and other.id != user.id else "email"
        raise Taken("is taken", field) from None


def delete(user: User, password: str) -> None:
    """Delete the account of whoever knows its password. Raises WrongPassword."""
    demand_password(user, password, "delete_password")
    domain.delete(user)


def demand_password(user: User, password: str, field: str) -> None:
    """Raise WrongPassword, at that field, unless it is the user's."""
    if not passwords.verify(user.password, password):
        raise WrongPassword("is not your password", field)
