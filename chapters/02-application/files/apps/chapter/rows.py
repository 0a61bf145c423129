"""Chapters and parts as rows, for JSON and for pages, with their URLs."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from apps.chapter.models import Chapter, Part

ChapterRow = dict[str, Any]  # number, slug, and parts with title and url each


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
