"""Pages without templates: a text or the list of chapters, put into a little HTML."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from markdown_it import MarkdownIt
from markupsafe import Markup

from apps.chapter.rows import url_of_link

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
PAGE = Markup(
    """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="stylesheet" href="{style}">
<nav><a href="{contents}">Contents</a></nav>
<main>
{body}</main>
</html>
"""
)
CHAPTER = Markup("<h2>Chapter {}</h2>\n<ul>\n{}</ul>\n")
LINK = Markup('<li><a href="{url}">{title}</a></li>\n')


def make_page(title: str, body: Markup) -> str:
    """Put what is HTML already into a page; the title is escaped."""
    style = url_for("static", filename="book.css")
    contents = url_for("chapter.contents")
    return PAGE.format(title=title, style=style, contents=contents, body=body)


def contents_page(rows: Sequence[dict[str, Any]]) -> str:
    """Write the list of chapters, with a link to each part."""
    body = Markup("<h1>Contents</h1>\n")
    for row in rows:
        links = Markup("").join(LINK.format(**part) for part in row["parts"])
        body += CHAPTER.format(row["number"], links)
    return make_page("Contents", body)


def text_page(title: str, text: str, slug: str) -> str:
    """Make HTML of a chapter's Markdown; slug is the chapter's, for its links."""
    tokens = MARKDOWN.parse(text)
    for token in tokens:
        for child in token.children or []:
            if child.type == "link_open":
                child.attrs["href"] = url_of_link(slug, str(child.attrs["href"]))
            elif child.type == "image":  # pictures come in chapter 5
                child.type = "text"
    body = Markup(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))  # noqa: S704
    return make_page(title, body)


def contents_text(rows: Sequence[dict[str, Any]]) -> str:
    """Write the rows as lines: a chapter and, indented, the addresses of its parts."""
    lines = []
    for row in rows:
        first, *further = row["parts"]
        lines.append(f"{row['number']:>2}. {first['title']}")
        lines.append(f"    {first['url']}")
        lines += [f"    {part['url']}  {part['title']}" for part in further]
    return "\n".join([*lines, ""])
