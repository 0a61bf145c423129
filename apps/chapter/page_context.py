"""What the page of a text shows besides the fields of its JSON."""

import re
from functools import partial

from flask import url_for

from apps.chapter.backend import Catalogue, ChapterNotFound
from apps.chapter.models import Chapter, Part
from apps.chapter.pictures import HEADER_BYTES, picture_size
from apps.chapter.rendering import Picture, Text
from apps.chapter.rows import PartRow, as_rows, part_row

# Links as the texts have them: to a text, to an exercise, to a picture.
TEXT = re.compile(r"(?:\.\./\d+-([a-z0-9-]+)/)?(README|\d+-[a-z0-9-]+)\.md(#.*)?")
EXERCISE = re.compile(r"exercises/([a-z0-9-]+)/(?:README\.md)?")
PICTURE = re.compile(r"[\w-]+\.(?:png|svg)", re.A)


def page_context(
    catalogue: Catalogue, chapter: Chapter, part: Part, text: str
) -> dict[str, object]:
    """Return what the template of a text needs; nothing is rendered yet.

    part is a part of the chapter or one of its exercises.
    """
    before, after = _neighbours(catalogue.chapters, chapter, part)
    (chapter_row,) = as_rows([chapter])
    url = partial(url_of_link, chapter.slug)
    picture = partial(_picture, catalogue, chapter.slug)
    return {
        "chapter": chapter_row,
        "part": part,
        "page": Text(text, url, picture, part.number),
        "before": before,
        "after": after,
    }


def url_of_link(slug: str, link: str) -> str:
    """Turn a link between files of the chapters' folder into a URL of this app.

    slug is the chapter whose text has the link. Other links stay as they are.
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


def _neighbours(
    chapters: list[Chapter], chapter: Chapter, part: Part
) -> tuple[PartRow | None, PartRow | None]:
    """Return the parts before and after this one; an exercise has no neighbours."""
    everything = [(chapter, part) for chapter in chapters for part in chapter.parts]
    if (chapter, part) not in everything:
        return None, None
    at = everything.index((chapter, part))
    before = part_row(*everything[at - 1]) if at > 0 else None
    after = part_row(*everything[at + 1]) if at + 1 < len(everything) else None
    return before, after


def _picture(catalogue: Catalogue, slug: str, name: str) -> Picture | None:
    """Find a picture of a chapter; None where there is none with this name."""
    try:
        with catalogue.picture(slug, name).open("rb") as file:
            width, height = picture_size(file.read(HEADER_BYTES)) or (None, None)
    except (ChapterNotFound, OSError):
        return None
    return Picture(url_of_link(slug, name), width, height)
