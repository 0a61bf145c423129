"""Accounts as pages: forms for what `views.py` does in JSON, and more."""

import re

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import Unauthorized

from apps.access import guard, public
from apps.forms import Form
from apps.negotiation import negotiate
from apps.origin import takes_form
from apps.refusal import Refusal
from apps.user import changes, domain, sessions
from apps.user.forms import (
    DeletionForm,
    DetailsForm,
    LoginForm,
    LogoutForm,
    PasswordForm,
    RegisterForm,
)
from apps.user.models import User

# A path; browsers read "//host" and "/\host" as another site, and skip controls.
INSIDE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")

blueprint = Blueprint("account", __name__)
blueprint.add_app_template_global(generate_csrf, "csrf_token")


@blueprint.route("/register", methods=["GET", "POST"])
@public
@takes_form
def register() -> ResponseReturnValue:
    """Make an account, and log its reader in."""
    form = RegisterForm()
    if form.validate_on_submit():
        try:
            user = domain.register(form.name.data, form.email.data, form.password.data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            sessions.begin(user)
            flash(f"Welcome, {user.name}.", "success")
            return redirect(_onward(), 303)
    return _shown("user/register.html", form)


@blueprint.route("/login", methods=["GET", "POST"])
@public
@takes_form
def log_in() -> ResponseReturnValue:
    """Begin a session, and go on to where the reader wanted to be."""
    form = LoginForm()
    if form.validate_on_submit():
        try:
            sessions.begin(domain.log_in(form.name.data, form.password.data))
            return redirect(_onward(), 303)
        except domain.WrongCredentials as error:
            form.refuse(Refusal(str(error)))
    return _shown("user/login.html", form)


@blueprint.post("/logout")
@takes_form
def log_out() -> ResponseReturnValue:
    """End the session, if one of our own buttons was pressed."""
    form = LogoutForm()
    if not form.validate_on_submit():
        return _shown("user/logout.html", form)
    sessions.end()
    flash("You are logged out.", "success")
    return redirect(url_for("chapter.contents"), 303)


@blueprint.route("/account", methods=["GET", "POST"])
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
    return _shown(
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


def _onward() -> str:
    """Return where `next` leads, if that is inside this site; the contents if not."""
    wanted = request.values.get("next", "")
    return wanted if INSIDE.fullmatch(wanted) else url_for("chapter.contents")


def _shown(template: str, form: Form, **forms: Form) -> ResponseReturnValue:
    """Show a form: as it is asked for, or with what was refused of it."""
    return render_template(template, form=form, **forms), form.status


def ask_to_log_in() -> ResponseReturnValue | None:
    """Send a browser where it can log in; a program gets the guard's 401."""
    form = negotiate("application/json", "text/html")
    if form != "text/html" or "Authorization" in request.headers:
        return None
    try:
        return guard()
    except Unauthorized:
        here = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("account.log_in", next=here), 303)


def init_app(app: Flask) -> None:
    """Ask before the guard refuses."""
    app.before_request(ask_to_log_in)
