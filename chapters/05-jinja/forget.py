"""Listen for accounts that go, and fail for one of them."""

from apps import create_app
from apps.user import domain
from apps.user.models import User
from apps.user.signals import user_deleted


@user_deleted.connect
def forget(user: User) -> None:
    """Say whose account goes; carol's can't."""
    print("forget what we hold of", user.name)
    if user.name == "carol":
        raise OSError("the folder is locked")


with create_app("development").app_context():
    for name in ["bob", "carol"]:
        user = domain.register(name, f"{name}@example.org", "correct horse battery")
        try:
            domain.delete(user)
        except OSError as error:
            print(error)
        print("gone" if domain.find(name) is None else "still there")
