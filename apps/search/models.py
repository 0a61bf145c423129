"""What a search finds: plain values that know neither a store nor a request."""

from typing import NamedTuple


class Piece(NamedTuple):
    """A few words out of a text; marked are those that were asked for."""

    text: str
    marked: bool


class Hit(NamedTuple):
    """A part of a chapter that has the words."""

    number: int  # of the chapter
    slug: str
    name: str  # of the part in addresses; empty for the first one
    title: str
    anchor: str  # of the section in which the excerpt stands; empty at the beginning
    section: str  # its title
    pieces: list[Piece]
