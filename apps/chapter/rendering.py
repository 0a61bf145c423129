"""Markdown made into HTML that is safe to show, whoever wrote the text.

HTML in the text is shown as text. What comes out passes a sanitiser all the same, so
that a fault of the renderer is no hole: only the elements, attributes and classes named
in `apps/chapter/sanitising.py` are left. There is no inline style, which the
Content-Security-Policy would refuse.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from textwrap import shorten

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from apps.chapter.blocks import CAPTION, Picture, code_block, figure, inline_code
from apps.chapter.sanitising import clean

# Smart quotes only: dashes and dots stand in the text as their author wrote them.
MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": True}).enable(
    ["table", "strikethrough", "smartquotes"]
)
MARKDOWN.add_render_rule(
    "code_inline", lambda _self, tokens, at, *_: inline_code(tokens[at].content)
)
NOT_IN_AN_ID = re.compile(r"[\W_]+")
WORD = re.compile(r"\w[\w'.-]*")


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of the table of contents: `id` is the anchor, `level` 2 or 3."""

    level: int
    id: str
    title: str


@dataclass
class Rendered:
    """A text as it is shown, without its title; its headings; its first words."""

    html: Markup
    headings: list[Heading]
    description: str


class Text:
    """A Markdown text, rendered when somebody asks for its HTML.

    `address` turns a relative link of the text into an address of this app;
    `pictures` gives the picture of a file's name, or None where there is none;
    `number` is the part's, which the files of its diagrams are named by.
    """

    def __init__(
        self,
        source: str,
        address: Callable[[str], str] = str,
        pictures: Callable[[str], Picture | None] = lambda name: None,
        number: int = 1,
    ) -> None:
        """Keep what rendering will need."""
        self.source, self.number = source, number
        self.address, self.pictures = address, pictures

    @property
    def words(self) -> int:
        """Count the words, those of the code included."""
        return sum(1 for _ in WORD.finditer(self.source))

    @property
    def html(self) -> Markup:
        """The text as HTML."""
        return self._rendered.html

    @property
    def headings(self) -> list[Heading]:
        """The headings of the text, for a table of contents."""
        return self._rendered.headings

    @property
    def description(self) -> str:
        """The first words of the text, for those who look for a page."""
        return self._rendered.description

    @cached_property
    def _rendered(self) -> Rendered:
        tokens = parse(self.source)
        headings = [
            Heading(int(opening.tag[1]), str(opening.attrs["id"]), text_of(inline))
            for opening, inline in pairwise(tokens)
            if opening.type == "heading_open" and opening.tag in ("h2", "h3")
        ]
        paragraphs = (
            text_of(inline)
            for opening, inline in pairwise(tokens)
            if opening.type == "paragraph_open" and not _only_picture(inline)
        )
        first = next(paragraphs, "").rstrip(":")
        tokens = list(self._shown(tokens))
        html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
        clean_html = Markup(clean(html))  # noqa: S704 - it is clean
        return Rendered(clean_html, headings, shorten(first, 160, placeholder="\u2026"))

    def _shown(self, tokens: list[Token]) -> Iterable[Token]:
        """Give the tokens, with blocks of code, pictures and tables as we show them."""
        diagrams, skip = 0, 0
        for at, token in enumerate(tokens):
            if skip:
                skip -= 1
            elif token.type == "paragraph_open" and _is_caption(tokens[at:]):
                yield _html(code_block(tokens[at + 3], tokens[at + 1].content))
                skip = 3
            elif token.type == "paragraph_open" and _only_picture(tokens[at + 1]):
                yield _html(self._picture(*_image_of(tokens[at + 1])))
                skip = 2
            elif token.type == "fence" and token.info.strip() == "mermaid":
                diagrams += 1
                yield self._diagram(token, f"diagram-{self.number}-{diagrams}.svg")
            elif token.type in ("fence", "code_block"):
                yield _html(code_block(token))
            elif token.type == "table_open":
                yield _html('<div class="table" role="group" tabindex="0">')
                yield token
            elif token.type == "table_close":
                yield token
                yield _html("</div>")
            else:
                self._rewrite_links(token)
                yield token

    def _rewrite_links(self, token: Token) -> None:
        """Have links and pictures lead somewhere, and cells be aligned by a class."""
        if token.type in ("th_open", "td_open") and "style" in token.attrs:
            aligned = str(token.attrs.pop("style")).removeprefix("text-align:")
            token.attrs["class"] = aligned
        for child in token.children or []:
            if child.type == "link_open":
                child.attrs["href"] = self.address(str(child.attrs["href"]))
            elif child.type == "image":
                child.attrs["src"] = self.address(str(child.attrs["src"]))

    def _picture(self, source: str, words: str) -> str:
        """Show a picture in a figure, with room kept for it where its size is known."""
        shown = self.pictures(source) or Picture(self.address(source))
        return figure(shown, words)

    def _diagram(self, token: Token, name: str) -> Token:
        """Show the SVG that was drawn of a diagram; without one, its source."""
        shown = self.pictures(name)
        if shown is None:
            return _html(code_block(token))
        return _html(figure(shown, describe_flowchart(token.content)))


def describe_flowchart(diagram: str) -> str:
    """Describe a flowchart's arrows in words, for readers who do not see it."""
    label = r'(\w+)(?:[\[({>]+"?([^\])}"]*)"?[\])}]+)?'
    names: dict[str, str] = {}
    edges = []
    for line in diagram.splitlines():
        arrow = re.match(rf"\s*{label}\s*[-=.]+>\s*(?:\|[^|]*\|)?\s*{label}", line)
        if arrow:
            for node, name in ((arrow[1], arrow[2]), (arrow[3], arrow[4])):
                if name:
                    names[node] = re.sub(r"\s*<br ?/?>\s*", ", ", name)
            edges.append((arrow[1], arrow[3]))
    arrows = [f"{names.get(a, a)} to {names.get(b, b)}" for a, b in edges]
    return "Diagram: " + ("; ".join(arrows) or "see the text") + "."


def _html(html: str) -> Token:
    return Token("html_block", "", 0, content=html + "\n")


def parse(markdown: str) -> list[Token]:
    """Read a text without its title; each heading gets an id and a link to itself.

    An id has small letters, digits and hyphens; ids of the page itself have an
    underscore, so that the two never meet.
    """
    tokens = MARKDOWN.parse(markdown)
    for at, token in enumerate(tokens):
        if token.tag == "h1" and token.level == 0:  # the page shows the title
            del tokens[at : at + 3]
            break
    taken: set[str] = set()
    for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type != "heading_open":
            continue
        if opening.tag == "h1":  # the page has one already
            opening.tag = closing.tag = "h2"
        title, children = text_of(inline), inline.children or []
        name = anchor(title, taken)
        opening.attrs["id"] = name
        if title and not any(c.type in ("link_open", "image") for c in children):
            link = Token("link_open", "a", 1, attrs={"href": f"#{name}"})
            inline.children = [link, *children, Token("link_close", "a", -1)]
    return tokens


def text_of(inline: Token) -> str:
    """Return the words of a paragraph, a heading or a cell, without their marks."""
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in inline.children or []
    )


def anchor(title: str, taken: set[str]) -> str:
    """Make an id for a heading, another one than those taken; take it."""
    word = NOT_IN_AN_ID.sub("-", title.lower()).strip("-") or "section"
    count, name = 1, word
    while name in taken:
        count += 1
        name = f"{word}-{count}"
    taken.add(name)
    return name


def _is_caption(tokens: list[Token]) -> bool:
    """Tell whether a paragraph, with which tokens begin, is the caption of a block."""
    return (
        len(tokens) > 3
        and tokens[3].type == "fence"
        and CAPTION.fullmatch(tokens[1].content) is not None
    )


def _only_picture(inline: Token) -> bool:
    return [child.type for child in inline.children or []] == ["image"]


def _image_of(inline: Token) -> tuple[str, str]:
    image = (inline.children or [])[0]
    return str(image.attrs["src"]), image.content
