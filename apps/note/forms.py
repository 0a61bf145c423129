"""The forms of notes. What a note may hold, the rules check."""

from wtforms import BooleanField, HiddenField, StringField, TextAreaField

from apps.note.checking import MAX_BODY
from apps.note.refusing import LastingForm

LONG = {"rows": 5, "maxlength": MAX_BODY}


class NoteForm(LastingForm):
    """A note's text, its tags, and who may read it."""

    body = TextAreaField("Note", id="note_body", render_kw=LONG)
    tags = StringField("Tags", id="note_tags")
    shared = BooleanField("Share it with all readers", id="note_shared")

    @property
    def content(self) -> dict[str, object]:
        """What the rules take of it."""
        tags = [tag for tag in (self.tags.data or "").split(",") if tag.strip()]
        return {"body": self.body.data or "", "tags": tags, "shared": self.shared.data}


class WriteForm(NoteForm):
    """A new note: about a part, or about a passage of it that was selected."""

    part = HiddenField()
    exact = HiddenField()
    prefix = HiddenField()
    suffix = HiddenField()

    @property
    def quote(self) -> dict[str, str] | None:
        """The passage, if one was selected."""
        sides = {side: self[side].data or "" for side in ("exact", "prefix", "suffix")}
        return sides if sides["exact"] else None
