"""Notes in MongoDB, each a document of the collection `notes`, with the fields of Note.

Only `_id` is another: an ObjectId, which begins with the time. Whoever calls has
checked the types, for a value that is a dictionary would be an operator.
"""

from dataclasses import asdict, replace
from datetime import datetime

from bson import ObjectId
from pymongo import DESCENDING
from pymongo.collection import Collection

from apps import clock
from apps.note.models import Note, Quote
from apps.store.mongo import Document, database

# The fields of each index: first what a question names. Notes are listed by `_id`, but
# that can't stand in an index beside other fields: not every server takes it.
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
    document = _document(note)
    del document["id"]
    done = _notes().insert_one(document)
    return replace(note, id=str(done.inserted_id))


def count(author_id: int) -> int:
    """Count somebody's notes."""
    return _notes().count_documents({"author_id": author_id})


def find(note_id: str) -> Note | None:
    """Return a note, whoever wrote it."""
    found = _notes().find_one({"_id": ObjectId(note_id)})
    return _note(found) if found else None


def change(new: Note, version: int) -> bool:
    """Put a note in the place of its older version; False if that is not there.

    The whole document is replaced: not every server keeps the types that `$set` sets.
    """
    document = _document(new)
    document["_id"] = ObjectId(document.pop("id"))
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
    span: tuple[datetime, datetime] | None = None,  # chapter 8
) -> list[Note]:
    """List somebody's notes, the newest first; before is the id of a newer one."""
    wanted: Document = {"author_id": author_id}
    if before:
        wanted["_id"] = {"$lt": ObjectId(before)}
    if part:
        wanted["part"] = part
    if tag:
        wanted["tags"] = tag  # one of them
    # region chapter 8: archive
    if span:
        wanted["created_at"] = {"$gte": span[0], "$lte": span[1]}
    # endregion archive
    return _list(wanted, most)


def on_part(part: str, reader_id: int, most: int) -> list[Note]:
    """List what a reader may see of the notes on a part, the newest first.

    `$or` would do without `seen_by`, but nx-27017 would read all notes of the book.
    """
    return _list({"part": part, "seen_by": {"$in": [EVERYBODY, reader_id]}}, most)


def _notes() -> Collection[Document]:
    return database()["notes"]


def _list(wanted: Document, most: int) -> list[Note]:
    found = _notes().find(wanted).sort("_id", DESCENDING).limit(most)
    return [_note(document) for document in found]


def _document(note: Note) -> Document:
    """Write a note as MongoDB has it."""
    return asdict(note) | {"seen_by": EVERYBODY if note.shared else note.author_id}


def _note(document: Document) -> Note:
    """Read a note that MongoDB has."""
    del document["seen_by"]
    note_id, quote = str(document.pop("_id")), document.pop("quote")
    return Note(id=note_id, quote=Quote(**quote) if quote else None, **document)
