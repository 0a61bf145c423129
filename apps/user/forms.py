"""The forms of an account; their fields are named as in JSON."""

from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired

from apps.web.forms import Form

REQUIRED = [InputRequired("is missing")]
# What a password manager fills in, or remembers.
NAME = {"autocomplete": "username"}
EMAIL = {"autocomplete": "email"}
OLD_PASSWORD = {"autocomplete": "current-password"}
NEW_PASSWORD = {"autocomplete": "new-password"}


class RegisterForm(Form):
    """A new account."""

    name = StringField("Name", REQUIRED, render_kw=NAME)
    email = EmailField("Email address", REQUIRED, render_kw=EMAIL)
    password = PasswordField("Password", REQUIRED, render_kw=NEW_PASSWORD)


class LoginForm(Form):
    """A log-in, with a name or an address."""

    name = StringField("Name or email address", REQUIRED, render_kw=NAME)
    password = PasswordField("Password", REQUIRED, render_kw=OLD_PASSWORD)


class DetailsForm(Form):
    """A new name or address; what is not sent stays as it is."""

    name = StringField("Name", render_kw=NAME)
    email = EmailField("Email address", render_kw=EMAIL)
    password = PasswordField("Current password", render_kw=OLD_PASSWORD)


class PasswordForm(Form):
    """A new password."""

    old_password = PasswordField("Current password", REQUIRED, render_kw=OLD_PASSWORD)
    new_password = PasswordField("New password", REQUIRED, render_kw=NEW_PASSWORD)


class DeletionForm(Form):
    """The end of an account."""

    delete_password = PasswordField("Password", REQUIRED, render_kw=OLD_PASSWORD)


class LogoutForm(Form):
    """A button: it has no field but the token that proves the button to be ours."""
