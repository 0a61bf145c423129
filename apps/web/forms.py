"""What all forms share: a token against CSRF, and errors beside their fields."""

from typing import Any

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import Field

from apps.domain_error import DomainError

MAX_FIELD_CHARACTERS = 1024  # code points; more is refused before any rule reads it


class Form(FlaskForm):  # type: ignore[misc]
    """A form that reads fields only: no files, and no JSON instead of them."""

    def __init__(self, **kwargs: object) -> None:
        """Read the request's form, if there is one; kwargs go to WTForms."""
        sent = request.form if self.is_submitted() else None
        super().__init__(formdata=sent, **kwargs)

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a text that is too long, and look no further; else ask WTForms."""
        for name, field in self._fields.items():
            if len(str(field.data or "")) > MAX_FIELD_CHARACTERS:
                self.refuse(DomainError("is too long", name))
        return not self.errors and super().validate(extra_validators)

    def refuse(self, error: DomainError) -> None:
        """Show a rule's reason beside its field, or above the form without one."""
        field: Field | None = self._fields.get(error.field)
        if field is None:
            self.form_errors.append(error.reason)
        else:
            field.errors = [*field.errors, error.reason]

    @property
    def status(self) -> int:
        """The status to show this form with: 200, or 400 or 422 if it was refused."""
        if not self.errors:
            return 200
        return 400 if "csrf_token" in self.errors else 422

    @property
    def token_fault(self) -> str:
        """Say why the token is refused, and what the reader can do."""
        sessions = current_app.session_interface
        if sessions.get_cookie_name(current_app) in request.cookies:
            return "This form has expired. Please send it again."
        origin = request.headers.get("Origin", request.host_url)
        https_only = sessions.get_cookie_secure(current_app)
        advice = "allow cookies for this site"
        if https_only and not request.is_secure and not origin.startswith("https:"):
            advice = "open it with https:// instead of http://"
        return (
            "Your browser did not send this site's cookie back. Please send the form "
            f"again; if that does not help, {advice}."
        )


def show_form(template: str, form: Form, **forms: Form) -> ResponseReturnValue:
    """Answer with a page that shows the form, and what is wrong with it."""
    return render_template(template, form=form, **forms), form.status
