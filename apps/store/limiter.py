"""Counting against limits, with what Flask-Limiter counts with: the package limits."""

import math
import time
from collections.abc import Sequence
from typing import NamedTuple

from flask import Flask, current_app
from limits import RateLimitItem
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter

from apps.store.redis import best_effort


class Slot(NamedTuple):
    """What is counted under a key, and how much of it is allowed."""

    limit: RateLimitItem
    key: str


class LimitExceeded(Exception):
    """A counter is full; `seconds` says for how long."""

    def __init__(self, slot: Slot, seconds: int) -> None:
        """Say which counter it is."""
        super().__init__(f"{slot.limit} is exceeded")
        self.slot, self.seconds = slot, seconds


class Taken(NamedTuple):
    """Counters in which one was counted."""

    counters: RateLimiter
    slots: Sequence[Slot]

    def give_back(self) -> None:
        """Count that one no more."""
        with best_effort("count given back"):
            for slot in self.slots:
                self.counters.hit(*slot, cost=-1)


def init_app(app: Flask) -> None:
    """Give the app counters, which share the connections of its Redis client."""
    pool = app.extensions["redis"].connection_pool
    storage = RedisStorage("redis://", connection_pool=pool)
    app.extensions["counters"] = FixedWindowRateLimiter(storage)


def take(*slots: Slot) -> Taken:
    """Count one in each slot, or in none where one is full: raises LimitExceeded.

    While Redis is away, this process counts by itself.
    """
    with best_effort("count in Redis"):
        return _take(current_app.extensions["counters"], slots)
    return _take(_counters_of_process(), slots)


# region chapter 8: windows
class Window(NamedTuple):
    """What a window of time has left of a limit."""

    left: int  # less than 0: it was exceeded
    seconds: int  # until the next window begins


def count(slot: Slot) -> Window:
    """Count one in the window of time that we're in, in one round trip to Redis.

    While Redis is away, this process counts by itself.
    """
    with best_effort("count in Redis"):
        return _count(current_app.extensions["counters"], slot)
    return _count(_counters_of_process(), slot)


def _count(counters: RateLimiter, slot: Slot) -> Window:
    """Count in a window that begins where the clock says: nobody need ask when."""
    length, now = slot.limit.get_expiry(), time.time()
    number, gone = divmod(now, length)
    key = slot.limit.key_for(slot.key, f"{number:.0f}")
    used = counters.storage.incr(key, length)
    return Window(slot.limit.amount - used, math.ceil(length - gone))


# endregion windows
def _take(counters: RateLimiter, slots: Sequence[Slot]) -> Taken:
    for slot in slots:  # what is refused here is counted nowhere
        if not counters.test(*slot):
            raise LimitExceeded(slot, _seconds_left(counters, slot))
    for slot in slots:  # of many that came so far at the same time, few fit
        if not counters.hit(*slot):
            raise LimitExceeded(slot, _seconds_left(counters, slot))
    return Taken(counters, slots)


def _seconds_left(counters: RateLimiter, slot: Slot) -> int:
    left = counters.get_window_stats(*slot).reset_time - time.time()
    return max(1, math.ceil(left))


def _counters_of_process() -> RateLimiter:
    """Return counters in memory, made when first needed: they start a thread."""
    extensions = current_app.extensions
    if "counters_of_process" not in extensions:
        counters = FixedWindowRateLimiter(MemoryStorage())
        extensions.setdefault("counters_of_process", counters)
    found: RateLimiter = extensions["counters_of_process"]
    return found
