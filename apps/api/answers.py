"""Answers in Redis, to give them once more, under these keys:

answer:17:9f3a...   of user 17: which request runs, or what the answer to it was
answers:17          a sorted set: those keys, by the moments when they end
"""

import json
import secrets
from typing import Any, NamedTuple

from apps import clock
from apps.store.redis import client

RUN_SECONDS = 60  # for which a request may run: gunicorn ends a worker after 30
KEEP_SECONDS = 24 * 60 * 60
MOST_KEPT = 100  # of one user: the oldest give way


class Claim(NamedTuple):
    """Who may answer a request: the one that has its key."""

    user_id: int
    key: str  # in Redis
    running: str  # what stands there while we answer


def claim(user_id: int, digest: str, request: str) -> tuple[Claim, dict[str, Any]]:
    """Claim a key for a request, if nobody has; return what stands there then.

    That is a dictionary with the `request` and, if it was answered, the `answer`; it's
    empty if the key is ours now.
    """
    index, key = f"answers:{user_id}", f"answer:{user_id}:{digest}"
    now, most = clock.now().timestamp(), RUN_SECONDS + KEEP_SECONDS
    running = json.dumps({"request": request, "by": secrets.token_hex(16)})
    with client().pipeline() as pipe:
        pipe.zremrangebyscore(index, 0, now)
        pipe.zadd(index, {key: now + most})
        pipe.expire(index, most)
        pipe.set(key, running, nx=True, ex=RUN_SECONDS)
        pipe.get(key)
        there = pipe.execute()[-1]
    found = {} if there == running else json.loads(there)
    return Claim(user_id, key, running), found


def keep(claimed: Claim, request: str, answer: object) -> None:
    """Put the answer where the claim stands, if that is still ours."""
    index = f"answers:{claimed.user_id}"

    def attempt(pipe: Any) -> None:
        ours = pipe.get(claimed.key) == claimed.running
        oldest = pipe.zrange(index, 0, -MOST_KEPT - 1)
        pipe.multi()
        if ours:
            kept = json.dumps({"request": request, "answer": answer})
            pipe.set(claimed.key, kept, ex=KEEP_SECONDS)
        if oldest:
            pipe.delete(*oldest)
            pipe.zrem(index, *oldest)

    redis: Any = client()
    redis.transaction(attempt, claimed.key)


def release(claimed: Claim) -> None:
    """Give the key back, if it's still ours: the request may come again."""

    def attempt(pipe: Any) -> None:
        ours = pipe.get(claimed.key) == claimed.running
        pipe.multi()
        if ours:
            pipe.delete(claimed.key)

    redis: Any = client()
    redis.transaction(attempt, claimed.key)


def forget(user_id: int) -> None:
    """Delete all that is kept of a user; what still runs is not kept."""
    keys: list[Any] = client().zrange(f"answers:{user_id}", 0, -1)
    client().delete(f"answers:{user_id}", *keys)
