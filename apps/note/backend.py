"""Notes in MongoDB, each a document of the collection `notes`, with the fields of Note.

An id is stored twice: `_id` is an ObjectId, which begins with the time, and `id` is its
text, by which lists are sorted and cut. Whoever calls has checked the types, for a
value that is a dictionary would be an operator.
"""

from dataclasses import asdict, replace
from datetime import datetime

from bson import ObjectId
from pymongo import DESCENDING
from pymongo.collection import Collection

from apps import clock
from apps.note.models import Note, Quote
from apps.store.mongo import Document, database

# The fields of each index: what a question names. The order of a list is in none, for
# a list is made of one author's notes, or of one part's.
INDEXES = [
    ["author_id"],
    ["part", "author_id"],
    ["part"],
]
EVERYBODY = 0


def make_indexes() -> list[list[str]]:
    """Make the indexes that are missing, and return them."""
    there = [list(index["key"]) for index in _notes().list_indexes()]
    missing = [fields for fields in INDEXES if fields not in there]
    for fields in missing:
        _notes().create_index(fields)
    return missing


def now() -> datetime:
    """Return the time as MongoDB keeps it: to the millisecond."""
    time = clock.now()
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def add(note: Note) -> Note:
    """Store a new note; return it with its id."""
    note = replace(note, id=str(ObjectId()))
    _notes().insert_one(_document(note))
    return note


def has_notes(author_id: int, number: int) -> bool:
    """Tell whether somebody has at least that many notes."""
    return _notes().find_one({"author_id": author_id}, skip=number - 1) is not None


def find(note_id: str) -> Note | None:
    """Return a note, whoever wrote it."""
    found = _notes().find_one({"_id": ObjectId(note_id)})
    return _note(found) if found else None


def change(new: Note, version: int) -> bool:
    """Put a note in the place of its older version; False if that is not there.

    The whole document is replaced: not every server keeps the types that `$set` sets.
    """
    document = _document(new)
    wanted = {"_id": document["_id"], "version": version}
    return _notes().replace_one(wanted, document).matched_count == 1


def remove(note_id: str, version: int) -> bool:
    """Delete a note, if it still has this version."""
    wanted = {"_id": ObjectId(note_id), "version": version}
    return _notes().delete_one(wanted).deleted_count == 1


def remove_all(author_id: int) -> None:
    """Delete all that somebody has written."""
    _notes().delete_many({"author_id": author_id})


def by_author(
    author_id: int,
    most: int,
    before: str | None = None,
    part: str | None = None,
    tag: str | None = None,
) -> list[Note]:
    """List somebody's notes, the newest first; before is the id of a newer one."""
    wanted: Document = {"author_id": author_id}
    if before:
        wanted["id"] = {"$lt": before}
    if part:
        wanted["part"] = part
    if tag:
        wanted["tags"] = tag  # one of them
    return _list(wanted, most)


def on_part(part: str, reader_id: int, most: int) -> list[Note]:
    """List what a reader may see of the notes on a part, the newest first.

    `$or` would do without `seen_by`, but nx-27017 would read all notes of the book.
    """
    return _list({"part": part, "seen_by": {"$in": [EVERYBODY, reader_id]}}, most)


def _notes() -> Collection[Document]:
    return database()["notes"]


def _list(wanted: Document, most: int) -> list[Note]:
    found = _notes().find(wanted).sort("id", DESCENDING).limit(most)
    return [_note(document) for document in found]


def _document(note: Note) -> Document:
    """Write a note as MongoDB has it."""
    seen_by = EVERYBODY if note.shared else note.author_id
    return asdict(note) | {"_id": ObjectId(note.id), "seen_by": seen_by}


def _note(document: Document) -> Note:
    """Read a note that MongoDB has."""
    del document["_id"], document["seen_by"]
    quote = document.pop("quote")
    return Note(quote=Quote(**quote) if quote else None, **document)
