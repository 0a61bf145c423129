"""A reader's own account as a page; its three forms come here."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import EmailField, PasswordField, StringField

from apps.domain_error import Refusal
from apps.user import changes, domain, sessions
from apps.user.forms import KNOWN, NAME, NEEDED, NEW
from apps.user.models import User
from apps.web.forms import Form, shown
from apps.web.same_origin import takes_form


class DetailsForm(Form):
    """A new name or address; what is not sent stays as it is."""

    name = StringField("Name", render_kw=NAME)
    email = EmailField("Mail address", render_kw={"autocomplete": "email"})
    password = PasswordField("Password, for a new address", render_kw=KNOWN)


class PasswordForm(Form):
    """A new password."""

    old_password = PasswordField("Password now", NEEDED, render_kw=KNOWN)
    new_password = PasswordField("New password", NEEDED, render_kw=NEW)


class DeletionForm(Form):
    """The end of an account."""

    delete_password = PasswordField("Your password", NEEDED, render_kw=KNOWN)


@takes_form
def account() -> ResponseReturnValue:
    """Show the account; its three forms come here, told apart by their fields."""
    user: User = current_user._get_current_object()
    details, renewal, deletion = DetailsForm(obj=user), PasswordForm(), DeletionForm()
    form, change = details, _change_details
    if "delete_password" in request.form:
        form, change = deletion, _delete
    elif "new_password" in request.form:
        form, change = renewal, _change_password
    if form.validate_on_submit():
        try:
            return redirect(change(user, form), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return shown(
        "user/account.html", form, details=details, renewal=renewal, deletion=deletion
    )


def _change_details(user: User, form: Form) -> str:
    changes.change_details(
        user, form.name.data, form.email.data, form.password.data or ""
    )
    flash("Your name and address are kept.", "success")
    return url_for(".account")


def _change_password(user: User, form: Form) -> str:
    domain.change_password(user, form.old_password.data, form.new_password.data)
    sessions.begin(user)
    flash("Your password is changed; you are logged out everywhere else.", "success")
    return url_for(".account")


def _delete(user: User, form: Form) -> str:
    changes.delete(user, form.delete_password.data)
    sessions.end()
    flash("Your account is deleted.", "success")
    return url_for("chapter.contents")
