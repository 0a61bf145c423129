"""Notes as resources."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from apps.api import Resource
from apps.api.bodies import takes
from apps.api.conditional import if_match
from apps.api.idempotency import idempotent
from apps.api.paging import returns_page
from apps.api.query import query
from apps.api.recording import log_record
from apps.api.returns import returns
from apps.api.serializer import Serializer
from apps.chapter.backend import ChapterNotFound
from apps.chapter.views import catalogue
from apps.note import domain
from apps.note.checking import MAX_LIMIT, MAX_PART, MAX_TAG, BadNote
from apps.note.models import Note
from apps.user.resources import me

SCHEMAS = Path(__file__).parent / "schemas"
LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 20}
CURSOR = {"type": "string"}
TAG = {"type": "string", "minLength": 1, "maxLength": MAX_TAG}
PART = {"type": "string", "maxLength": MAX_PART, "examples": ["auth/3-sessions"]}
DAY = {"type": "string", "format": "date"}
NOTE = Serializer(
    SCHEMAS / "note.json",
    url=lambda note: url_for(".NoteItem", note_id=note.id),
    quote=lambda note: asdict(note.quote) if note.quote else None,
    yours=lambda note: note.author_id == me().id,
)


def find(note_id: str) -> Note:
    """Return a note that whoever asks may read. Raises NoteNotFound."""
    return domain.find(note_id, me())


class NoteList(Resource):
    """Your notes."""

    more_body_bytes = 56 * 1024  # for a long note, each character as \ud83d\ude00

    @query(limit=LIMIT, after=CURSOR, tag=TAG, part=PART, since=DAY, until=DAY)
    @returns_page(NOTE)
    def get(self, **wanted: Any) -> tuple[list[Note], str | None]:
        """List your notes, the newest first.

        The days `since` and `until` belong to the list; days are those of UTC.
        """
        page = domain.mine(me(), **wanted)
        return page.notes, page.next_cursor

    @log_record("part")
    @idempotent
    @takes(SCHEMAS / "note_new.json")
    @returns(NOTE, 201)
    def post(self, part: str, **body: Any) -> tuple[Note, dict[str, str]]:
        """Write a note about a part of the book, or about a sentence of it."""
        check_part(part)
        note = domain.write(me(), part=part, **body)
        return note, {"Location": url_for(".NoteItem", note_id=note.id)}


class NoteItem(Resource):
    """One note: yours, or one that is shared with you."""

    more_body_bytes = NoteList.more_body_bytes

    @returns(NOTE)
    def get(self, note_id: str) -> Note:
        """Return a note."""
        return find(note_id)

    @takes(SCHEMAS / "note_changed.json")
    @if_match(NOTE, find)
    @returns(NOTE)
    def put(self, note_id: str, read: Note, **body: Any) -> Note:
        """Change a note of yours, if it's still as you have read it."""
        return domain.rewrite(note_id, me(), version=read.version, **body)

    @if_match(NOTE, find)
    def delete(self, note_id: str, read: Note) -> ResponseReturnValue:
        """Delete a note, if it's still as you have read it."""
        domain.remove(note_id, me(), read.version)
        return "", 204


def check_part(part: str) -> None:
    """Raise BadNote if the book has no such part."""
    slug, _, name = part.partition("/")
    try:
        catalogue().find(slug, name)
    except ChapterNotFound:
        raise BadNote([("part", "is no part of the book")]) from None


ROUTES = {"/notes": NoteList, "/notes/<note_id>": NoteItem}
