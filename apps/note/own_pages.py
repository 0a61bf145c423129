"""Pages of one's own notes: a list of them, and what changes and deletes one."""

from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField

from apps.chapter.backend import ChapterNotFound
from apps.chapter.views import catalogue
from apps.note import domain
from apps.note.domain import NotYourNote
from apps.note.forms import NoteForm
from apps.note.models import Note
from apps.note.refusing import RETRY, LastingForm, refused_in, show
from apps.note.rows import as_rows, reader
from apps.store.mongo import best_effort
from apps.web.same_origin import takes_form

blueprint = Blueprint("own_notes", __name__)


class EditForm(NoteForm):
    """A change of a note; version is the one that its author has read."""

    version = IntegerField()


class DeleteForm(LastingForm):
    """The end of a note, as it was read."""

    version = IntegerField()


@blueprint.get("/note/")
def mine() -> ResponseReturnValue:
    """List the reader's notes, the newest first; of one part or tag, if they wish."""
    part, tag, after = (
        request.args.get(key) or None for key in ("part", "tag", "after")
    )
    page = None
    with best_effort("list of notes"):
        page = domain.mine(reader(), part=part, tag=tag, after=after)
    html = render_template(
        "note/mine.html",
        notes=as_rows(page.notes) if page else None,
        cursor=page.next_cursor if page else None,
        part=part,
        tag=tag,
    )
    return (html, 200) if page else (html, 503, RETRY)


@blueprint.route("/note/<note_id>/edit", methods=["GET", "POST"])
@takes_form
def edit(note_id: str) -> ResponseReturnValue:
    """Change a note, unless it was changed since it was read: then show both texts."""
    form, stored = EditForm(), None
    if not form.is_submitted():
        note = domain.find(note_id, reader())
        if note.author_id != reader().id:
            raise NotYourNote("This note is somebody else's.")
        form = EditForm(data=asdict(note) | {"tags": ", ".join(note.tags)})
    elif form.validate_on_submit():
        with refused_in(form):
            version = form.version.data
            note = domain.rewrite(note_id, reader(), **form.content, version=version)
            return redirect(url_of(note, f"note_{note.id}"), 303)
    if form.status == 409:
        with refused_in(form):
            stored = domain.find(note_id, reader())
            form.version.data = stored.version
    return show("note/edit.html", form, stored=stored)


@blueprint.route("/note/<note_id>/delete", methods=["GET", "POST"])
@takes_form
def delete(note_id: str) -> ResponseReturnValue:
    """Ask whether a note shall go, and delete it."""
    form, note = DeleteForm(), domain.find(note_id, reader())
    (row,) = as_rows([note])
    if not row.may_delete:
        raise NotYourNote("This note is somebody else's.")
    if form.validate_on_submit():
        with refused_in(form):
            domain.remove(note_id, reader(), form.version.data)
            return redirect(url_of(note, "notes_here"), 303)
    return show("note/delete.html", form, row=row)


def url_of(note: Note, anchor: str) -> str:
    """Return where a note stands; the reader's list, if its part has left the book."""
    slug, _, name = note.part.partition("/")
    try:
        catalogue().find(slug, name)
    except ChapterNotFound:
        return url_for(".mine")
    return url_for("chapter.read", slug=slug, name=name or None, _anchor=anchor)
