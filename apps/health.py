"""Say that the app answers, for whoever watches it."""

import logging  # chapter 7

from flask import Blueprint
from werkzeug.exceptions import ServiceUnavailable  # chapter 7

from apps.store import database  # chapter 7
from apps.store import mongo as mongo_store  # chapter 7
from apps.store import redis as redis_store  # chapter 7
from apps.store.outages import RETRY_SECONDS  # chapter 7
from apps.web.access import public  # chapter 3

blueprint = Blueprint("health", __name__)
# region chapter 7: stores
logger = logging.getLogger(__name__)

EVICTS = "may delete tokens: set its maxmemory-policy to noeviction"
STORES = {
    "database": database.ping,
    "redis": redis_store.ping,
    "mongo": mongo_store.ping,
}


def away() -> str:
    """Name the stores that don't answer."""
    names = []
    for name, ping in STORES.items():
        try:
            ping()
        except Exception as error:  # whatever it is, the store can't be used
            logger.warning("the store %s is away: %s", name, error)
            names.append(name)
    return ", ".join(names)


# endregion stores


@blueprint.get("/health")
@public  # chapter 3
def health() -> dict[str, str]:
    """Answer `{"status": "ok"}`: Flask makes JSON of a dict."""
    # region chapter 7: away
    if names := away():
        return {"status": "ok", "away": names}  # the app answers: it needs no restart
    # endregion away
    # region chapter 7: eviction
    if redis_store.may_evict():
        logger.warning("Redis %s", EVICTS)
        return {"status": "ok", "redis": EVICTS}
    # endregion eviction
    return {"status": "ok"}


# region chapter 7: ready
@blueprint.get("/health/ready")
@public
def ready() -> dict[str, str]:
    """Answer 503 while a store is away, so that readers are sent elsewhere."""
    if names := away():
        raise ServiceUnavailable(f"Away: {names}.", retry_after=RETRY_SECONDS)
    return {"status": "ready"}


# endregion ready
