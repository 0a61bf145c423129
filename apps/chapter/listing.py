"""The table of contents, as rows for pages and programs."""

from collections.abc import Sequence
from typing import TypedDict

from flask import url_for

from apps.chapter.models import Chapter


class PartRow(TypedDict):
    """A part, and the path at which it is read."""

    title: str
    url: str


class ChapterRow(TypedDict):
    """A chapter, and its parts."""

    number: int
    slug: str
    parts: list[PartRow]


def as_rows(chapters: Sequence[Chapter]) -> list[ChapterRow]:
    """Give every chapter and part what JSON can say of it."""
    return [
        {
            "number": chapter.number,
            "slug": chapter.slug,
            "parts": [
                {
                    "title": part.title,
                    "url": url_for(
                        "chapter.read", slug=chapter.slug, name=part.name or None
                    ),
                }
                for part in chapter.parts
            ],
        }
        for chapter in chapters
    ]
