"""A Markdown text as plain words, section by section, for the index."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from markdown_it.token import Token

from apps.chapter.blocks import CAPTION
from apps.chapter.rendering import parse

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef]+")
SPACE = {"softbreak", "hardbreak"}


@dataclass
class Section:
    """What stands below one heading, or above the first one."""

    anchor: str  # the heading's id on the page; empty above the first heading
    heading: str  # the text's title above the first heading
    terms: str = ""  # the words in italics: what is explained here
    prose: str = ""
    code: str = ""


def sections(title: str, markdown: str) -> Iterator[Section]:
    """Yield the sections of a text, as its page has them."""
    section = Section("", title)
    tokens = parse(markdown)
    for before, token in pairwise([Token("", "", 0), *tokens]):
        children = token.children or []
        if before.type == "heading_open":
            yield section
            section = Section(str(before.attrs["id"]), words(children))
        elif token.type in ("fence", "code_block") or CAPTION.fullmatch(token.content):
            section.code += CONTROL.sub(" ", token.content) + " "
        elif token.type == "inline":
            section.prose += words(children) + " "
            section.terms += " ".join(terms(children)) + " "
    yield section


def words(children: list[Token]) -> str:
    """Return the words of a paragraph, of a heading, of a cell: text and no marks."""
    text = (
        " " if child.type in SPACE else child.content
        for child in children
        if child.type != "image"
    )
    return CONTROL.sub(" ", "".join(text))


def terms(children: list[Token]) -> Iterator[str]:
    """Yield what stands in italics, if it is no more than three words."""
    types = [child.type for child in children]
    for at, kind in enumerate(types):
        if kind == "em_open":
            text = words(children[at : types.index("em_close", at)])
            if len(text.split()) <= 3:
                yield text
