"""The forms of an account; their fields are named as in JSON."""

from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired

from apps.forms import Form

NEEDED = [InputRequired("is missing")]
NAME = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
KNOWN = {"autocomplete": "current-password"}
NEW = {"autocomplete": "new-password"}


class RegisterForm(Form):
    """What a new reader tells."""

    name = StringField("Name", NEEDED, render_kw=NAME)
    email = EmailField("Address", NEEDED, render_kw={"autocomplete": "email"})
    password = PasswordField("Password", NEEDED, render_kw=NEW)


class LoginForm(Form):
    """Who comes back."""

    name = StringField("Name or address", NEEDED, render_kw=NAME)
    password = PasswordField("Password", NEEDED, render_kw=KNOWN)


class LogoutForm(Form):
    """Nothing but the token that proves the button to be ours."""


class DetailsForm(Form):
    """A new name or address; what is not sent stays as it is."""

    name = StringField("Name", render_kw=NAME)
    email = EmailField("Address", render_kw={"autocomplete": "email"})
    password = PasswordField("Password, for a new address", render_kw=KNOWN)


class PasswordForm(Form):
    """A new password."""

    old_password = PasswordField("Password now", NEEDED, render_kw=KNOWN)
    new_password = PasswordField("New password", NEEDED, render_kw=NEW)


class DeletionForm(Form):
    """The end of an account."""

    delete_password = PasswordField("Your password", NEEDED, render_kw=KNOWN)
