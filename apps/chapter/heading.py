"""What a text begins with: its title, and what is none of the text."""

import re
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt

BLOCKS = MarkdownIt("commonmark").disable(["inline", "text_join"])
WORDS = MarkdownIt("commonmark", {"html": False})  # tags are words, as on the page
HEAD_CHARACTERS = 4000  # in which a text has its title, if it has one
MAX_TITLE_CHARACTERS = 200
NUMBER = re.compile(r"(?:Chapter|Part) \d+: +")
FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(?=[\w-]+[ \t]*:).*?^(?:---|\.\.\.)[ \t]*(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
COMMENT = re.compile(  # group 1 is kept: an escape, code, what is never closed
    r"(\\.|(?<!`)(`+)(?!`).*?(?<!`)\2(?!`)|<!--(?!-?>|.*?-->).*)"
    r"|<!--(?:-?>|.*?-->)",
    re.DOTALL,
)


def title_of(text: str) -> str:
    """Return a text's first heading as words, without the chapter's or part's number.

    It is empty where there is none; a comment in a block of code is no heading.
    """
    for read in (text[:HEAD_CHARACTERS], text):  # a long text takes seconds
        for opening, inline in pairwise(BLOCKS.parse(read)):
            if opening.tag == "h1" and opening.level == 0:
                title = NUMBER.sub("", _words(inline.content), count=1)
                long = len(title) > MAX_TITLE_CHARACTERS
                return title[: MAX_TITLE_CHARACTERS - 1] + "\u2026" if long else title
    return ""


def _words(markdown: str) -> str:
    """Return a line without its marks: of a link its words, of a picture those, too."""
    (line,) = WORDS.parseInline(markdown)
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in line.children or []
    )


@lru_cache(maxsize=128)  # to find comments takes 7 ms, and a page is read often
def without_notes(text: str) -> str:
    """Leave out what is for other authors: YAML at the head, and HTML comments."""
    text = FRONT_MATTER.sub("", text)
    if "<!--" not in text:
        return text
    lines = text.split("\n")
    for token in reversed(BLOCKS.parse(text)):  # so that earlier numbers still hold
        if token.type in ("html_block", "inline") and token.map:
            block = slice(*token.map)
            lines[block] = COMMENT.sub(r"\1", "\n".join(lines[block])).split("\n")
    return "\n".join(lines)
