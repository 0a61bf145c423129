"""The table of contents, as rows for pages and programs."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypedDict

from flask import request, url_for

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
    root = request.root_path
    return [
        {
            "number": chapter.number,
            "slug": chapter.slug,
            "parts": [
                {
                    "title": part.title,
                    "url": _path(root, chapter.slug, part.name),
                }
                for part in chapter.parts
            ],
        }
        for chapter in chapters
    ]


@lru_cache(10_000)
def _path(root_path: str, slug: str, name: str) -> str:
    """Build the path of a part once, for where the app is mounted (root_path)."""
    return url_for("chapter.read", slug=slug, name=name or None)
