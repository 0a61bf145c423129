"""The forms of notes. What a note may hold, the rules check."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField

from apps.domain_error import DomainError
from apps.note.checking import MAX_BODY
from apps.web.forms import Form


class NoteForm(Form):
    """What all of them share: a note's text, its tags, and who may read it."""

    body = TextAreaField(
        "Note", id="note_body", render_kw={"rows": 5, "maxlength": MAX_BODY}
    )
    tags = StringField("Tags", id="note_tags")
    shared = BooleanField("Share it with all readers", id="note_shared")
    code = 0  # the status, where it isn't that of a form with a fault

    def validate(self, extra_validators: Any = None) -> bool:
        """Leave the lengths to the rules: a note may be longer than other fields."""
        return bool(FlaskForm.validate(self, extra_validators))

    @property
    def status(self) -> int:
        """The status to show this form with."""
        return self.code or super().status

    @property
    def content(self) -> dict[str, object]:
        """What `domain.write` and `domain.rewrite` take of it."""
        tags = [tag for tag in (self.tags.data or "").split(",") if tag.strip()]
        return {"body": self.body.data or "", "tags": tags, "shared": self.shared.data}

    def refuse_all(self, code: int, reason: str) -> None:
        """Show a reason above the form, with a status of its own."""
        self.code = code
        self.refuse(DomainError(reason))


class WriteForm(NoteForm):
    """A new note: about a part, or about the passage of it that was selected."""

    part = HiddenField()
    exact = HiddenField()
    prefix = HiddenField()
    suffix = HiddenField()

    @property
    def quote(self) -> dict[str, str] | None:
        """The passage, if one was selected."""
        sides = {side: self[side].data or "" for side in ("exact", "prefix", "suffix")}
        return sides if sides["exact"] else None


class EditForm(NoteForm):
    """A change of a note; version is the one that its author has read."""

    version = IntegerField()


class DeleteForm(NoteForm):
    """The end of a note, as it was read."""

    version = IntegerField()
