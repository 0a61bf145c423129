"""A note, as the rules know it and as MongoDB keeps it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in a text by its words, as the W3C's Web Annotations have it."""

    exact: str  # what was selected
    prefix: str = ""  # what stands before it, as it may be there more than once
    suffix: str = ""  # what stands after it


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody has written about a part, perhaps about a sentence of it."""

    id: str  # 24 hexadecimal digits
    author_id: int
    part: str  # auth/2-transactions
    quote: Quote | None  # None: about the part as a whole
    body: str  # Markdown
    tags: list[str]
    shared: bool  # with everybody who has an account
    created_at: datetime
    changed_at: datetime
    version: int = 1  # one more with each change


@dataclass(frozen=True, slots=True)
class Page:
    """Some notes of a list, and where the list goes on."""

    notes: list[Note]
    next_cursor: str | None  # None at the end
