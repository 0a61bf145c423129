"""What stands beside a text on its page: its neighbours, its chapter, its addresses."""

import re
import struct
from functools import partial
from pathlib import Path

from flask import url_for

from apps.chapter.backend import Catalogue, ChapterNotFound
from apps.chapter.listing import ChapterRow, PartRow, as_rows
from apps.chapter.models import Chapter, Part
from apps.chapter.rendering import Picture, Text

# Links of the texts, as they lie in their folders: to a text, an exercise, a picture.
TEXT = re.compile(r"(?:\.\./\d+-([a-z0-9-]+)/)?(README|\d+-[a-z0-9-]+)\.md(#.*)?")
EXERCISE = re.compile(r"exercises/([a-z0-9-]+)/(?:README\.md)?")
PICTURE = re.compile(r"[\w-]+\.(?:png|svg)", re.A)
SVG_SIZE = re.compile(
    rb'<svg\b(?=[^>]*?\bwidth="([\d.]+)")(?=[^>]*?\bheight="([\d.]+)")?'
    rb'(?=[^>]*?\bviewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)")?'
)
HEAD = 1024  # bytes, in which a picture says its size


def beside(
    catalogue: Catalogue, chapter: Chapter, part: Part, text: str
) -> dict[str, object]:
    """Give the page of a text what its JSON does not have; nothing is rendered yet."""
    chapters = catalogue.chapters
    at, here = chapters.index(chapter), chapter.parts.index(part)
    before = chapters[at - 1 : at] if here == 0 else [chapter]
    after = chapters[at + 1 : at + 2] if part is chapter.parts[-1] else [chapter]
    (row,) = as_rows([chapter])
    return {
        "chapter": row,
        "part": part,
        "page": rendered(catalogue, chapter, part, text),
        "before": _row(before, here - 1),
        "after": _row(after, (here + 1) % len(chapter.parts)),
    }


def rendered(catalogue: Catalogue, chapter: Chapter, part: Part, text: str) -> Text:
    """Make a text that knows where its links and its pictures lead in this app."""
    pictures = partial(_picture, catalogue, chapter.slug)
    return Text(text, partial(address, chapter.slug), pictures, part.number)


def address(slug: str, link: str) -> str:
    """Turn a link of one of the chapter's texts into an address of this app.

    Other links stay as they are.
    """
    text, exercise = TEXT.fullmatch(link), EXERCISE.fullmatch(link)
    if text:
        name = None if text[2] == "README" else text[2]
        url = url_for("chapter.read", slug=text[1] or slug, name=name)
        return url + (text[3] or "")
    if exercise:
        return url_for("chapter.exercise", slug=slug, name=exercise[1])
    if PICTURE.fullmatch(link):
        stem, _, kind = link.partition(".")
        return url_for("chapter.picture", slug=slug, stem=stem, kind=kind)
    return link


def size(head: bytes) -> tuple[int, int] | None:
    """Read from a picture's first bytes how wide and high it is, in pixels."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    found = SVG_SIZE.search(head)
    if found is None:
        return None
    wide = float(found[1])
    if found[2]:
        return round(wide), round(float(found[2]))
    if found[3] and float(found[3]):
        return round(wide), round(wide * float(found[4]) / float(found[3]))
    return None


def _picture(catalogue: Catalogue, slug: str, file: str) -> Picture | None:
    try:
        path = catalogue.picture(slug, file)
        found = size(_head(path))
    except (ChapterNotFound, OSError):
        return None
    return Picture(address(slug, file), *(found or (None, None)))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _row(chapters: list[Chapter], at: int) -> PartRow | None:
    """Give a part of the neighbour, if there is one: its last before, its first after.

    `at` counts within the chapter of the text; -1 is the last of the chapter before.
    """
    rows: list[ChapterRow] = as_rows(chapters)
    return rows[0]["parts"][at] if rows else None
