"""The rules: who may read, change and delete which notes, and what they may hold."""

from dataclasses import replace
from datetime import UTC, date, datetime, time  # chapter 8

from apps.domain_error import DomainError
from apps.note import backend
from apps.note.checking import BadCursor, check, check_given, is_id
from apps.note.models import Note, Page
from apps.permission.domain import may
from apps.user.models import User
from apps.user.signals import user_deleted

MAX_NOTES = 1_000  # of one author
MAX_ON_PART = 100  # that a page shows


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
    """Store a new note on a part of the book. Raises BadNote, TooManyNotes."""
    fields = check(part=part, quote=quote, body=body, tags=tags, shared=shared)
    if backend.count(author.id) >= MAX_NOTES:  # two at once may pass: it's no quota
        raise TooManyNotes(f"You have {MAX_NOTES} notes. Delete one first.")
    now = backend.now()
    return backend.add(Note("", author.id, **fields, created_at=now, changed_at=now))


def find(note_id: object, reader: User) -> Note:
    """Return a note that the reader wrote, or that is shared. Raises NoteNotFound."""
    note = backend.find(str(note_id)) if is_id(note_id) else None
    if note is None or not (note.shared or note.author_id == reader.id):
        raise NoteNotFound("There is no such note.")
    return note


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
    new = check(body=body, tags=tags, shared=shared, version=version)
    note = find(note_id, author)
    if note.author_id != author.id:
        raise NotYourNote("This note is somebody else's.")
    read: int = new.pop("version")
    changed = replace(note, **new, version=read + 1, changed_at=backend.now())
    if not backend.change(changed, read):
        raise NoteChanged("This note has been changed since you read it.")
    return changed


def remove(note_id: object, user: User, version: object = None) -> None:
    """Delete a note; a moderator may delete what others share.

    With a version, only if that is still the note's. Raises BadNote, NoteNotFound,
    NotYourNote, NoteChanged.
    """
    read = check_given(version=version)
    note = find(note_id, user)
    if not may(user, "note.delete", note.author_id):
        raise NotYourNote("This note is somebody else's.")
    if not backend.remove(note.id, read.get("version", note.version)):
        raise NoteChanged("This note has been changed since you read it.")


def mine(
    author: User,
    *,
    part: object = None,
    tag: object = None,
    limit: object = 20,
    after: object = None,
    since: date | None = None,  # chapter 8
    until: date | None = None,  # chapter 8
) -> Page:
    """List the author's notes, the newest first; after is a page's next_cursor.

    Raises BadNote, BadCursor.
    """
    wanted = check_given(part=part, tag=tag) | check(limit=limit)
    if after is not None and not is_id(after):
        raise BadCursor("is no cursor of this list")
    most: int = wanted.pop("limit")
    # region chapter 8: archive
    if since or until:  # both days belong to the list
        begin = datetime.combine(since or date.min, time.min, UTC)
        wanted["span"] = begin, datetime.combine(until or date.max, time.max, UTC)
    # endregion archive
    notes = backend.by_author(author.id, most + 1, before=after, **wanted)
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
