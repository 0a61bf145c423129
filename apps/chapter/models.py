"""What a chapter is: plain values that know neither a folder nor a request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One sitting: its number in the chapter, its name in addresses, its title."""

    number: int
    name: str  # empty for the first part, "2-answers" for a further one
    title: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter, with at least one part, whose title is the chapter's."""

    number: int
    slug: str
    parts: tuple[Part, ...]
