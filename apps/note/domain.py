"""The rules: who may read, change and delete which notes, and what they may hold."""

from dataclasses import replace
from datetime import datetime

from apps import clock
from apps.domain_error import DomainError
from apps.note import backend, checking
from apps.note.checking import BadCursor, BadNote, Checks
from apps.note.models import Note, Page
from apps.permission.domain import may
from apps.user.models import User
from apps.user.signals import user_deleted

MAX_NOTES = 1_000  # of one author
MAX_ON_PART = 100  # that a page shows

__all__ = ["BadCursor", "BadNote"]


class NoteNotFound(Exception):
    """There is no such note, or it isn't for the one who asks."""


class NotYourNote(Exception):
    """The note is shared with those who ask, but is somebody else's."""


class NoteChanged(Exception):
    """Somebody, or the author elsewhere, changed it after this version was read."""


class TooManyNotes(DomainError):
    """An author has as many notes as one may have."""


def write(
    author: User,
    *,
    part: object,
    body: object,
    quote: object = None,
    tags: object = (),
    shared: object = False,
) -> Note:
    """Store a new note. Raises BadNote, TooManyNotes.

    Whether the part is in the book, the caller knows.
    """
    checks, now = Checks(), _now()
    note = Note(
        id="",
        author_id=author.id,
        part=checks.take("part", checking.part, part),
        quote=checks.take("quote", checking.quote, quote),
        body=checks.take("body", checking.body, body),
        tags=checks.take("tags", checking.tags, tags),
        shared=checks.take("shared", checking.flag, shared),
        created_at=now,
        changed_at=now,
        version=1,
    )
    checks.done()
    if backend.count(author.id) >= MAX_NOTES:  # two at once may pass: it's no quota
        raise TooManyNotes(f"You have {MAX_NOTES} notes. Delete one first.")
    return backend.add(note)


def rewrite(
    note_id: object,
    author: User,
    *,
    body: object,
    tags: object,
    shared: object,
    version: object,
) -> Note:
    """Change a note; version is that of the note which the author has read.

    Raises BadNote, NoteNotFound, NotYourNote, NoteChanged.
    """
    checks = Checks()
    new = {
        "body": checks.take("body", checking.body, body),
        "tags": checks.take("tags", checking.tags, tags),
        "shared": checks.take("shared", checking.flag, shared),
    }
    read = checks.take("version", checking.version, version)
    checks.done()
    note = find(note_id, author)
    if note.author_id != author.id:
        raise NotYourNote("This note is somebody else's.")
    changed = replace(note, **new, changed_at=_now(), version=note.version + 1)
    if read != note.version or not backend.change(changed, note.version):
        raise NoteChanged("This note has been changed since you read it.")
    return changed


def remove(note_id: object, user: User, version: object = None) -> None:
    """Delete a note; a moderator may delete what others share.

    With a version, only if that is still the note's. Raises BadNote, NoteNotFound,
    NotYourNote, NoteChanged.
    """
    checks = Checks()
    checks.take_if_given("version", checking.version, version)
    checks.done()
    note = find(note_id, user)
    if not may(user, "note.delete", note.author_id):
        raise NotYourNote("This note is somebody else's.")
    if version not in (None, note.version) or not backend.remove(note.id, note.version):
        raise NoteChanged("This note has been changed since you read it.")


def find(note_id: object, reader: User) -> Note:
    """Return a note that the reader wrote, or that is shared. Raises NoteNotFound."""
    note = backend.find(_id(note_id))
    if note is None or not (note.shared or note.author_id == reader.id):
        raise NoteNotFound("There is no such note.")
    return note


def mine(
    author: User,
    *,
    part: object = None,
    tag: object = None,
    limit: object = 20,
    after: object = None,
) -> Page:
    """List the author's notes, the newest first; after is a page's next_cursor.

    Raises BadNote, BadCursor.
    """
    checks = Checks()
    most: int = checks.take("limit", checking.limit, limit)
    of_part = checks.take_if_given("part", checking.part, part)
    with_tag = checks.take_if_given("tag", checking.tag, tag)
    checks.done()
    if after is not None and not checking.is_id(after):
        raise BadCursor("is no cursor of this list")
    before = str(after) if after else None
    notes = backend.by_author(author.id, of_part, with_tag, before, most + 1)
    goes_on = len(notes) > most
    return Page(notes[:most], notes[most - 1].id if goes_on else None)


def on_part(part: str, reader: User) -> list[Note]:
    """List the reader's own notes on a part and the shared ones, the newest first.

    There are MAX_ON_PART at most. The part is one of the book's.
    """
    return backend.on_part(part, reader.id, MAX_ON_PART)


@user_deleted.connect
def forget(user: User) -> None:
    """Delete all notes of a user who is about to be deleted."""
    backend.remove_all(user.id)


def _id(value: object) -> str:
    """Return what could be a note's id. Raises NoteNotFound for anything else."""
    if not checking.is_id(value):
        raise NoteNotFound("There is no such note.")
    return str(value)


def _now() -> datetime:
    """Return the time as MongoDB keeps it: to the millisecond."""
    now = clock.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
