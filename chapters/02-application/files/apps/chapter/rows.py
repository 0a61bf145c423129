"""Chapters and parts as rows, for JSON and for lines of text, with their URLs."""

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


def as_text(rows: Sequence[ChapterRow]) -> str:
    """Write the rows as lines: a chapter and, indented, the addresses of its parts."""
    lines = []
    for row in rows:
        first, *further = row["parts"]
        lines.append(f"{row['number']:>2}. {first['title']}")
        lines.append(f"    {first['url']}")
        lines += [f"    {part['url']}  {part['title']}" for part in further]
    return "\n".join([*lines, ""])
