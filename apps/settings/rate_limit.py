"""How often something may happen: `10 per 15 minutes`, as `limits` reads it."""

from typing import Annotated

from limits import parse_many
from pydantic import AfterValidator

ADVICE = "write how many, and in which time up to a day: 10 per 15 minutes"
DAY_SECONDS = 24 * 60 * 60
MAX_AMOUNT = 10**9


def check(text: str) -> str:
    """Return one limit that allows something. Raises ValueError."""
    try:
        (limit,) = parse_many(text)
    except ValueError:
        raise ValueError(ADVICE) from None
    if not 1 <= limit.amount <= MAX_AMOUNT or limit.get_expiry() > DAY_SECONDS:
        raise ValueError(ADVICE)
    return text


RateLimit = Annotated[str, AfterValidator(check)]
