"""Notes below the text that they are about."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from apps.chapter.views import catalogue
from apps.note import domain
from apps.note.forms import WriteForm
from apps.note.refusing import refused_in, show
from apps.note.rows import NoteRow, as_rows, reader
from apps.store.mongo import best_effort
from apps.web.same_origin import takes_form

blueprint = Blueprint("note", __name__)


@blueprint.app_template_global("notes_on")
def notes_on(part: str) -> list[NoteRow] | None:
    """List the notes that the reader may see on a part; None while MongoDB is away."""
    with best_effort("notes on a page"):
        return as_rows(domain.on_part(part, reader()))
    return None


@blueprint.app_template_global("note_form")
def note_form(part: str) -> WriteForm:
    """Make the empty form below a part."""
    return WriteForm(part=part)


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
            note = domain.write(reader(), part=key, quote=form.quote, **form.content)
            return redirect(f"{url}#{'quote' if note.quote else 'note'}_{note.id}", 303)
    return show("note/write.html", form, part=part, url=url)
