"""Pages without templates: a text or the list of chapters, put into a little HTML."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from markupsafe import Markup

from apps.chapter.rendering import render
from apps.chapter.rows import url_of_link

PAGE = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="stylesheet" href="{style}">
</head>
<body>
<nav><a href="{contents}">Contents</a></nav>
<main>
{body}</main>
</body>
</html>
"""
)
CHAPTER = Markup("<h2>Chapter {number}</h2>\n<ul>\n")
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
        body += CHAPTER.format(number=row["number"])
        for part in row["parts"]:
            body += LINK.format(url=part["url"], title=part["title"])
        body += Markup("</ul>\n")
    return make_page("Contents", body)


def as_html(text: str, slug: str) -> Markup:
    """Make HTML of a chapter's Markdown; slug is the chapter's, for its links."""
    return render(text, lambda link: url_of_link(slug, link))


def contents_text(rows: Sequence[dict[str, Any]]) -> str:
    """Write the rows as lines: a chapter and, indented, the addresses of its parts."""
    lines = []
    for row in rows:
        first, *further = row["parts"]
        lines.append(f"{row['number']:>2}. {first['title']}")
        lines.append(f"    {first['url']}")
        lines += [f"    {part['url']}  {part['title']}" for part in further]
    return "\n".join([*lines, ""])
