"""What a search finds: plain values that know neither a store nor a request."""

from typing import NamedTuple


class Piece(NamedTuple):
    """A few words out of a text; marked are those that were asked for."""

    text: str
    marked: bool


class Hit(NamedTuple):
    """A section that has the words."""

    number: int  # of the chapter
    slug: str
    name: str  # of the part in addresses; empty for the first one
    title: str  # of the part
    anchor: str  # of the section; empty above the first heading
    heading: str  # of the section; the part's title above the first heading
    pieces: list[Piece]
