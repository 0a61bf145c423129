"""What a note may hold; nothing else reaches the store.

Types come first. JSON and forms bring what their sender likes: where a text is expected
and `{"$ne": null}` arrives, MongoDB would take it for a question.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any, TypeGuard

from apps.domain_error import DomainError
from apps.note.models import Quote

MAX_BODY = 4_000  # code points, as in all that follows
MAX_EXACT = 1_000
MAX_CONTEXT = 100  # before a quote, and after it
MAX_TAGS = 10
MAX_TAG = 32
MAX_PART = 200
MAX_LIMIT = 100

ID = re.compile(r"[0-9a-f]{24}")
WORDS = r"[a-z0-9]+(?:-[a-z0-9]+)*"
PART = re.compile(rf"{WORDS}/(?:{WORDS})?")
# Controls, but for tab and new line; surrogates, which no UTF-8 can hold.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class BadNote(DomainError):
    """A note can't be like that; `faults` are all of its faults, as (field, reason)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        """Say the first fault in words, and all of them in the error's JSON."""
        self.faults = faults
        super().__init__(faults[0][1], faults[0][0])
        errors = [{"field": field, "reason": reason} for field, reason in faults]
        self.extra = {"errors": errors}


class BadCursor(DomainError):
    """Nothing of ours: a list goes on after the cursor that its last page gave."""

    field = "after"


def check(**fields: object) -> dict[str, Any]:
    """Return what the functions of these names make of values. Raises BadNote."""
    good, faults = {}, []
    for field, value in fields.items():
        try:
            good[field] = CHECKS[field](value)
        except ValueError as error:
            faults.append((field, str(error)))
    if faults:
        raise BadNote(faults)
    return good


def check_given(**fields: object) -> dict[str, Any]:
    """Check only what is not None. Raises BadNote."""
    return check(**{name: value for name, value in fields.items() if value is not None})


def text(value: object, most: int) -> str:
    """Return a text with Unix line ends; raise ValueError if it can't be stored."""
    if not isinstance(value, str):
        raise ValueError("must be text")
    if len(value) > 2 * most:
        raise ValueError(f"must have at most {most} characters")
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if len(value) > most:
        raise ValueError(f"must have at most {most} characters")
    if CONTROLS.search(value):
        raise ValueError("must not contain control characters")
    return value


def body(value: object) -> str:
    """Return a note's text."""
    found = text(value, MAX_BODY).strip()
    if not found:
        raise ValueError("must not be empty")
    return found


def part(value: object) -> str:
    """Return a part's key, such as `auth/2-transactions`."""
    if not PART.fullmatch(text(value, MAX_PART)):
        raise ValueError("must be a part, such as auth/ or auth/2-transactions")
    return str(value)


def quote(value: object) -> Quote | None:
    """Return the place of a note, from a Quote or a dictionary with its fields."""
    if value is None:
        return None
    if isinstance(value, Quote):
        value = {"exact": value.exact, "prefix": value.prefix, "suffix": value.suffix}
    if not isinstance(value, dict) or not set(value) <= {"exact", "prefix", "suffix"}:
        raise ValueError("must have exact, and may have prefix and suffix")
    exact = text(value.get("exact"), MAX_EXACT)
    if not exact.strip():
        raise ValueError("must not be empty")
    context = [text(value.get(side, ""), MAX_CONTEXT) for side in ("prefix", "suffix")]
    return Quote(exact, *context)


def tag(value: object) -> str:
    """Return a tag as it is stored and looked for: `Later on` becomes `later-on`."""
    found = unicodedata.normalize("NFKC", text(value, MAX_TAG)).casefold()
    found = unicodedata.normalize("NFKC", "-".join(found.split()))
    letters = found.replace("-", "")
    if not letters or any(unicodedata.category(c)[0] not in "LMN" for c in letters):
        raise ValueError("must consist of letters, digits and hyphens")
    if len(found) > MAX_TAG:
        raise ValueError(f"must have at most {MAX_TAG} characters")
    return found


def tags(value: object) -> list[str]:
    """Return a note's tags in their order, each once."""
    if not isinstance(value, list | tuple) or len(value) > MAX_TAGS:
        raise ValueError(f"must be a list of at most {MAX_TAGS}")
    return list(dict.fromkeys(tag(one) for one in value))


def flag(value: object) -> bool:
    """Return true or false; no other value will do."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def version(value: object) -> int:
    """Return a version: a number from 1, which MongoDB can hold."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise ValueError("must be a number from 1")
    return value


def limit(value: object) -> int:
    """Return how many notes a page of a list has."""
    number = 0 if isinstance(value, bool) or not isinstance(value, int) else value
    if not 1 <= number <= MAX_LIMIT:
        raise ValueError(f"must be a number from 1 to {MAX_LIMIT}")
    return number


def is_id(value: object) -> TypeGuard[str]:
    """Tell whether a value is the id of a note, be there one or not."""
    return isinstance(value, str) and ID.fullmatch(value) is not None


CHECKS: dict[str, Callable[[Any], Any]] = {
    "part": part,
    "quote": quote,
    "body": body,
    "tag": tag,
    "tags": tags,
    "shared": flag,
    "version": version,
    "limit": limit,
}
