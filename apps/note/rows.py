"""Notes as the rows of a page: each with its HTML, its author, and what may be done."""

from dataclasses import dataclass

from flask_login import current_user
from markupsafe import Markup

from apps.note.models import Note
from apps.note.rendering import render
from apps.permission.domain import may
from apps.user.models import User
from apps.user.queries import names


@dataclass(frozen=True)
class NoteRow:
    """A note as a page shows it to one reader."""

    note: Note
    html: Markup
    author: str  # empty where that is the reader
    may_delete: bool


def reader() -> User:
    """Return who is logged in."""
    user: User = current_user._get_current_object()
    return user


def as_rows(notes: list[Note]) -> list[NoteRow]:
    """Return a row for each note; the names of all authors are one query."""
    user = reader()
    authors = names({note.author_id for note in notes} - {user.id}) | {user.id: ""}
    return [
        NoteRow(
            note,
            render(note.body),
            authors.get(note.author_id, "Somebody"),
            may(user, "note.delete", note.author_id),
        )
        for note in notes
    ]
