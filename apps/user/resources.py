"""The account of whoever asks, as a resource."""

from pathlib import Path

from flask_login import current_user

from apps.api import Resource, answers
from apps.api.returns import returns
from apps.api.serializer import Serializer
from apps.user.models import User
from apps.user.signals import user_deleted

USER = Serializer(Path(__file__).parent / "schemas" / "user.json")


def me() -> User:
    """Return the user who sent the request."""
    user: User = current_user._get_current_object()
    return user


class Me(Resource):
    """The account of whoever asks."""

    @returns(USER)
    def get(self) -> User:
        """Return your own account."""
        return me()


@user_deleted.connect
def forget(user: User) -> None:
    """Forget the answers that are kept for a user who is about to be deleted."""
    answers.forget(user.id)


ROUTES = {"/me": Me}
