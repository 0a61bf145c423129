"""Progress and views in Redis, under these keys:

progress:17     a hash: the parts that user 17 has read, and when
views           a sorted set: the parts, by how often they were opened
seen:...:part   somebody has opened the part, and is not counted again for a day
"""

from datetime import datetime

from apps.store.redis import client

DAY_SECONDS = 24 * 60 * 60
COUNT = """
if redis.call("SET", KEYS[1], 1, "NX", "EX", ARGV[1]) then
    redis.call("ZINCRBY", KEYS[2], 1, ARGV[2])
end
"""


def mark(user_id: int, part: str, at: datetime) -> None:
    """Note when a user has read a part."""
    client().hset(f"progress:{user_id}", part, at.isoformat())


def unmark(user_id: int, part: str) -> None:
    """Forget that a user has read a part."""
    client().hdel(f"progress:{user_id}", part)


def forget(user_id: int) -> None:
    """Forget all that a user has read."""
    client().delete(f"progress:{user_id}")


def overview(
    user_id: int | None, most: int
) -> tuple[dict[str, str], list[tuple[str, float]]]:
    """Return what a user has read, and the most viewed parts, in one round trip.

    The user is None for a stranger, who has read nothing.
    """
    with client().pipeline(transaction=False) as pipe:
        pipe.hgetall(f"progress:{user_id}")
        pipe.zrange("views", 0, most - 1, desc=True, withscores=True)
        read, views = pipe.execute()
    return read, views


def count_view(part: str, visitor: str) -> None:
    """Count that a visitor has opened a part, once a day."""
    keys = f"seen:{visitor}:{part}", "views"
    client().eval(COUNT, len(keys), *keys, DAY_SECONDS, part)
