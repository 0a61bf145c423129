"""A note's Markdown as HTML that is safe to show, for whoever wrote it is a stranger.

Texts of chapters have headings, with ids, and pictures. A note has neither: headings
would mix with those of the page, and a picture from elsewhere would tell its owner who
reads this, and when. So both stay as they were written. And so do tables: one of 4,000
characters can have a hundred thousand cells.
"""

from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup

from apps.chapter.sanitising import clean

MARKDOWN = (
    MarkdownIt("commonmark", {"html": False})
    .enable("strikethrough")
    .disable(["heading", "image", "lheading"])
)


@lru_cache(maxsize=512)  # to render a long note takes longer than to find it
def render(body: str) -> Markup:
    """Return a note's text as HTML."""
    return Markup(clean(MARKDOWN.render(body)))  # noqa: S704 - it is clean
