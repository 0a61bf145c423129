"""Chapters and parts as rows, for JSON and for pages, with their URLs."""

import re
from collections.abc import Sequence
from typing import Any

from flask import url_for

from apps.chapter.models import Chapter, Part

ChapterRow = dict[str, Any]  # number, slug, and parts with title and url each

# A link to a text: maybe a chapter, then a part, and maybe a place in it.
TEXT = re.compile(r"(?:\./|\.\./\d+-([a-z0-9-]+)/)?(README|\d+-[a-z0-9-]+)\.md(#.*)?")


def as_rows(chapters: Sequence[Chapter]) -> list[ChapterRow]:
    """Return a row for each chapter, with the rows of its parts."""
    return [
        {
            "number": chapter.number,
            "slug": chapter.slug,
            "parts": [
                {"title": part.title, "url": url_of(chapter, part)}
                for part in chapter.parts
            ],
        }
        for chapter in chapters
    ]


def url_of(chapter: Chapter, part: Part) -> str:
    """Give the address of a part; the first one has no name."""
    return url_for("chapter.read", slug=chapter.slug, name=part.name or None)


def url_of_link(slug: str, link: str) -> str:
    """Turn a link from one text to another into a path of this app."""
    match = TEXT.fullmatch(link)
    if not match:
        return link
    name = None if match[2] == "README" else match[2]
    return url_for("chapter.read", slug=match[1] or slug, name=name) + (match[3] or "")
