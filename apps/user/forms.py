"""The forms of an account; their fields are named as in JSON."""

from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired

from apps.web.forms import Form

NEEDED = [InputRequired("is missing")]
NAME = {"autocomplete": "username"}
KNOWN = {"autocomplete": "current-password"}
NEW = {"autocomplete": "new-password"}


class RegisterForm(Form):
    """What a new reader tells."""

    name = StringField("Name", NEEDED, render_kw=NAME)
    email = EmailField("Mail address", NEEDED, render_kw={"autocomplete": "email"})
    password = PasswordField("Password", NEEDED, render_kw=NEW)


class LoginForm(Form):
    """Who comes back."""

    name = StringField("Name or mail address", NEEDED, render_kw=NAME)
    password = PasswordField("Password", NEEDED, render_kw=KNOWN)


class LogoutForm(Form):
    """Nothing but the token that proves the button to be ours."""
