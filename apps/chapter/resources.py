"""The chapters as resources."""

from pathlib import Path

from flask import url_for

from apps.api import Resource
from apps.api.returns import returns, returns_list
from apps.api.serializer import Serializer
from apps.chapter.models import Chapter
from apps.chapter.rows import part_row
from apps.chapter.views import catalogue
from apps.web.access import public

SCHEMAS = Path(__file__).parent / "schemas"
CHAPTER = Serializer(
    SCHEMAS / "chapter.json",
    title=lambda chapter: chapter.parts[0].title,
    url=lambda chapter: url_for(".ChapterItem", slug=chapter.slug),
    parts=lambda chapter: [
        {"name": part.name, **part_row(chapter, part)} for part in chapter.parts
    ],
)


@public
class ChapterList(Resource):
    """All chapters."""

    @returns_list(CHAPTER)
    def get(self) -> list[Chapter]:
        """List the chapters in their order."""
        return catalogue().chapters


@public
class ChapterItem(Resource):
    """One chapter."""

    @returns(CHAPTER)
    def get(self, slug: str) -> Chapter:
        """Return a chapter and its parts."""
        chapter, _ = catalogue().find(slug)
        return chapter


ROUTES = {"/chapters": ChapterList, "/chapters/<slug>": ChapterItem}
