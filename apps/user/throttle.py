"""How many wrong passwords are taken for one account, and from one address.

Each attempt is counted before its password is looked at, or a thousand at the same time
would all find the counter low; and it's given back where the password was right.
"""

import hmac
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from limits import parse
from werkzeug.exceptions import TooManyRequests

from apps.store import limiter
from apps.store.limiter import LimitExceeded, Slot
from apps.user.domain import WrongCredentials, WrongPassword
from apps.user.models import User
from apps.user.names import BadEmail, BadName, login_key
from apps.web.client_address import client_address

logger = logging.getLogger(__name__)


@contextmanager
def throttled(who: str | User) -> Iterator[None]:
    """Count the block as a failure if the password in it is wrong.

    who is the name that was typed, or the user who is logged in already: strangers who
    guess can't keep the owner of an account from changing its password. Raises
    TooManyRequests, before the block, if there were too many failures.
    """
    account, address = _account(who), client_address()
    try:
        taken = limiter.take(
            Slot(parse(current_app.config["LOGIN_LIMIT_BY_ADDRESS"]), address),
            Slot(parse(current_app.config["LOGIN_LIMIT_BY_ACCOUNT"]), account),
        )
    except LimitExceeded as full:
        logger.warning("refused a log-in of %s from %s: %s", account, address, full)
        raise _too_many(full.seconds) from None
    try:
        yield
    except (WrongCredentials, WrongPassword):
        logger.warning("a wrong password for %s from %s", account, address)
        raise
    except BaseException:
        taken.give_back()
        raise
    taken.give_back()


def _account(who: str | User) -> str:
    """Return a hash of what accounts are told apart by, which needs our key.

    People type their password into the wrong field, so a name must be neither in Redis
    nor in a log; and nothing of a deleted account may stay.
    """
    text = f"id {who.id}" if isinstance(who, User) else f"name {_looked_up(who)}"
    key = str(current_app.secret_key).encode()
    digest = hmac.digest(key, text.encode("utf-8", "replace"), "sha256")
    return f"account-{digest.hex()[:32]}"


def _looked_up(name: str) -> str:
    """Return a name as it is looked up; one that nobody can have stays as it is."""
    try:
        return login_key(name)
    except (BadName, BadEmail):
        return name


def _too_many(seconds: int) -> TooManyRequests:
    minutes = -(-seconds // 60)
    when = "in a minute" if minutes == 1 else f"in {minutes} minutes"
    return TooManyRequests(
        f"There were too many wrong passwords. Try again {when}.", retry_after=seconds
    )
