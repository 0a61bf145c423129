"""What all forms share: a token against CSRF, and refusals beside their fields."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import Field, StringField

from apps.domain_error import Refusal


class Form(FlaskForm):  # type: ignore[misc]
    """A form that takes fields only: no files, and no JSON in their place."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How its fields become HTML."""

        def render_field(self, field: Field, render_kw: dict[str, object]) -> str:
            """Leave `value=""` out of an empty field, where its widget lets us."""
            if isinstance(field, StringField) and not field._value():
                render_kw = {"value": False, **render_kw}
            html: str = super().render_field(field, render_kw)
            return html

    def __init__(self, **kwargs: object) -> None:
        """Read the request's form, if there is one; kwargs go to WTForms."""
        sent = request.form if self.is_submitted() else None
        super().__init__(formdata=sent, **kwargs)

    def refuse(self, refusal: Refusal) -> None:
        """Write a rule's reason beside its field, or above all where there is none."""
        field: Field | None = self._fields.get(refusal.field)
        if field is None:
            self.form_errors.append(refusal.reason)
        else:
            field.errors = [*field.errors, refusal.reason]

    @property
    def status(self) -> int:
        """Say how to answer with this form: 200, or 400 or 422 where it was refused."""
        if not self.errors:
            return 200
        return 400 if "csrf_token" in self.errors else 422


def shown(template: str, form: Form, **forms: Form) -> ResponseReturnValue:
    """Show a form: as it is asked for, or with what was refused of it."""
    return render_template(template, form=form, **forms), form.status
