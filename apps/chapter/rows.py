"""Chapters and parts as rows, for templates and JSON: what they are, and their URLs."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypedDict

from flask import request, url_for

from apps.chapter.models import Chapter, Part


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
    """Return a row for each chapter, with the rows of its parts."""
    root = request.root_path
    return [
        {
            "number": chapter.number,
            "slug": chapter.slug,
            "parts": [_part_row(root, chapter, part) for part in chapter.parts],
        }
        for chapter in chapters
    ]


def part_row(chapter: Chapter, part: Part) -> PartRow:
    """Return the row of one part."""
    return _part_row(request.root_path, chapter, part)


def _part_row(root_path: str, chapter: Chapter, part: Part) -> PartRow:
    return {"title": part.title, "url": _url(root_path, chapter.slug, part.name)}


@lru_cache(
    10_000
)  # without it, a list of a thousand chapters takes three times as long
def _url(root_path: str, slug: str, name: str) -> str:
    """Build the URL of a part, for where the app is mounted (root_path)."""
    return url_for("chapter.read", slug=slug, name=name or None)
