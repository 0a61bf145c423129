"""Notes on the pages: below the text that they are about, and in one's own list."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup
from pymongo.errors import PyMongoError

from apps.chapter.backend import ChapterNotFound
from apps.chapter.views import catalogue
from apps.domain_error import DomainError
from apps.note import domain
from apps.note.checking import BadNote
from apps.note.domain import NoteChanged, NoteNotFound, NotYourNote, TooManyNotes
from apps.note.forms import DeleteForm, EditForm, NoteForm, WriteForm
from apps.note.models import Note
from apps.note.rendering import render
from apps.permission.domain import may
from apps.store import mongo
from apps.store.outages import RETRY_SECONDS
from apps.user.models import User
from apps.user.queries import names
from apps.web.same_origin import takes_form

blueprint = Blueprint("note", __name__)
logger = logging.getLogger(__name__)

LATER = "Your note can't be kept at the moment. Leave this page open, and try again."
GONE = "There is no such note any more. What you wrote is still here: copy it."
RETRY = {"Retry-After": str(RETRY_SECONDS)}


@dataclass(frozen=True)
class Shown:
    """A note as a page shows it to one reader."""

    note: Note
    html: Markup
    author: str  # empty where that is the reader
    may_delete: bool


def _reader() -> User:
    user: User = current_user._get_current_object()
    return user


def shown(notes: list[Note]) -> list[Shown]:
    """Add to notes what their pages show besides; the authors' names in one query."""
    reader = _reader()
    authors = names({note.author_id for note in notes} - {reader.id})
    return [
        Shown(
            note,
            render(note.body),
            "" if note.author_id == reader.id else authors.get(note.author_id, "?"),
            may(reader, "note.delete", note.author_id),
        )
        for note in notes
    ]


@blueprint.app_template_global("notes_on")
def notes_on(part: str) -> list[Shown] | None:
    """List the notes that the reader may see on a part; None while MongoDB is away."""
    with mongo.best_effort("notes on a page"):
        return shown(domain.on_part(part, _reader()))
    return None


@blueprint.app_template_global("note_form")
def note_form(part: str) -> WriteForm:
    """Make the empty form below a part."""
    return WriteForm(part=part)


@contextmanager
def refused_in(form: NoteForm) -> Iterator[None]:
    """Show in the form why a note can't be kept; what was typed stays in it."""
    try:
        yield
    except BadNote as error:
        for field, reason in error.faults:
            if field in ("body", "tags", "shared"):
                form.refuse(DomainError(reason, field))
            else:
                form.refuse(DomainError(f"The {field} {reason}."))
    except TooManyNotes as error:
        form.refuse(error)
    except NoteChanged as error:
        form.refuse_all(409, str(error))
    except NoteNotFound:
        form.refuse_all(404, GONE)
    except PyMongoError as error:
        if not mongo.STORE.is_outage(error):
            raise
        logger.error("MongoDB can't be used: %s", mongo.STORE.reason(error))
        form.refuse_all(503, LATER)


def show(template: str, form: NoteForm, **more: object) -> ResponseReturnValue:
    """Answer with a page that shows the form, and what is wrong with it."""
    page = render_template(template, form=form, **more)
    return page, form.status, RETRY if form.status == 503 else {}


@blueprint.post("/note/")
@takes_form
def write() -> ResponseReturnValue:
    """Keep a new note, and go back to the passage that it is about."""
    form = WriteForm()
    slug, _, name = (form.part.data or "").partition("/")
    _, part = catalogue().find(slug, name)  # raises ChapterNotFound
    url, key = url_for("chapter.read", slug=slug, name=name or None), f"{slug}/{name}"
    if form.validate_on_submit():
        with refused_in(form):
            note = domain.write(_reader(), part=key, quote=form.quote, **form.content)
            return redirect(f"{url}#{'quote' if note.quote else 'note'}_{note.id}", 303)
    return show("note/write.html", form, part=part, url=url)


@blueprint.route("/note/<note_id>/edit", methods=["GET", "POST"])
@takes_form
def edit(note_id: str) -> ResponseReturnValue:
    """Change a note, unless it was changed since it was read: then show both texts."""
    form, stored = EditForm(), None
    if not form.is_submitted():
        note = domain.find(note_id, _reader())
        if note.author_id != _reader().id:
            raise NotYourNote("This note is somebody else's.")
        form = EditForm(data=asdict(note) | {"tags": ", ".join(note.tags)})
    elif form.validate_on_submit():
        with refused_in(form):
            version = form.version.data
            note = domain.rewrite(note_id, _reader(), **form.content, version=version)
            return redirect(url_of(note), 303)
    if form.status == 409:
        with refused_in(form):
            stored = domain.find(note_id, _reader())
            form.version.data = stored.version
    return show("note/edit.html", form, stored=stored)


@blueprint.route("/note/<note_id>/delete", methods=["GET", "POST"])
@takes_form
def delete(note_id: str) -> ResponseReturnValue:
    """Ask whether a note shall go, and delete it."""
    form, note = DeleteForm(), domain.find(note_id, _reader())
    (found,) = shown([note])
    if not found.may_delete:
        raise NotYourNote("This note is somebody else's.")
    if form.validate_on_submit():
        with refused_in(form):
            domain.remove(note_id, _reader(), form.version.data)
            return redirect(url_of(note, "notes_here"), 303)
    return show("note/delete.html", form, found=found)


def url_of(note: Note, anchor: str = "") -> str:
    """Return where a note stands; the reader's list, if its part has left the book."""
    slug, _, name = note.part.partition("/")
    try:
        catalogue().find(slug, name)
    except ChapterNotFound:
        return url_for(".mine")
    url = url_for("chapter.read", slug=slug, name=name or None)
    return f"{url}#{anchor or f'note_{note.id}'}"


@blueprint.get("/note/")
def mine() -> ResponseReturnValue:
    """List the reader's notes, the newest first; of one part or tag, if they wish."""
    part, tag, after = (
        request.args.get(key) or None for key in ("part", "tag", "after")
    )
    page = None
    with mongo.best_effort("list of notes"):
        page = domain.mine(_reader(), part=part, tag=tag, after=after)
    html = render_template(
        "note/mine.html",
        notes=shown(page.notes) if page else None,
        cursor=page.next_cursor if page else None,
        part=part,
        tag=tag,
    )
    return (html, 200) if page else (html, 503, RETRY)
