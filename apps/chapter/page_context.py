"""What the page of a text shows besides the fields of its JSON."""

import re
from contextlib import suppress
from functools import partial
from pathlib import Path

from flask import url_for

from apps.chapter.backend import Catalogue, ChapterNotFound
from apps.chapter.blocks import Picture
from apps.chapter.models import Chapter, Part
from apps.chapter.pictures import HEADER_BYTES, picture_size
from apps.chapter.rendering import Text
from apps.chapter.rows import PartRow, as_rows, part_row
from apps.web.static_files import content_hash

# Links as the texts have them: to a text, to an exercise, to a picture.
TEXT = re.compile(r"(?:\./|\.\./\d+-([a-z0-9-]+)/)?(README|\d+-[a-z0-9-]+)\.md(#.*)?")
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
    """Find a picture of a chapter; None where there is none with this name.

    `phone.png` may have a `phone-dark.png` beside it, for dark pages. Each address has
    the hash of its file in it, so that browsers may keep the file.
    """
    stem, _, kind = name.rpartition(".")
    try:
        path = catalogue.picture(slug, name)
        with path.open("rb") as file:
            width, height = picture_size(file.read(HEADER_BYTES)) or (None, None)
    except (ChapterNotFound, OSError):
        return None
    dark = ""
    with suppress(ChapterNotFound):
        dark = _url_of_picture(catalogue.picture(slug, f"{stem}-dark.{kind}"), slug)
    url = _url_of_picture(path, slug)
    return Picture(url, width, height, dark)


def _url_of_picture(path: Path, slug: str) -> str:
    stem, kind = path.stem, path.suffix[1:]
    v = content_hash(path)
    return url_for("chapter.picture", slug=slug, stem=stem, kind=kind, v=v)
