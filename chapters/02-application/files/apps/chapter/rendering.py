"""Markdown made into HTML; HTML in a text is shown and not obeyed."""

from collections.abc import Callable

from markdown_it import MarkdownIt
from markupsafe import Markup

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def render(text: str, address: Callable[[str], str]) -> Markup:
    """Make HTML of Markdown; address turns each link into an address of this app."""
    tokens = MARKDOWN.parse(text)
    for token in tokens:
        for child in token.children or []:
            if child.type == "link_open":
                child.attrs["href"] = address(str(child.attrs["href"]))
            elif child.type == "image":  # pictures come in chapter 5
                child.type = "text"
    return Markup(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))  # noqa: S704
