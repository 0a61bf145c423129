"""Chapters and parts as rows, for templates and JSON: what they are, and their URLs."""

from collections.abc import Sequence
from typing import TypedDict

from flask import url_for

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
    return [
        {
            "number": chapter.number,
            "slug": chapter.slug,
            "parts": [part_row(chapter, part) for part in chapter.parts],
        }
        for chapter in chapters
    ]


def part_row(chapter: Chapter, part: Part) -> PartRow:
    """Return the row of one part."""
    url = url_for("chapter.read", slug=chapter.slug, name=part.name or None)
    return {"title": part.title, "url": url}
