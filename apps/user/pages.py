"""Accounts as pages: forms for what `views.py` does in JSON, and more."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from apps.domain_error import DomainError
from apps.user import domain, forms, sessions
from apps.user.models import User
from apps.user.next_url import next_url
from apps.user.throttle import throttled  # chapter 7
from apps.web.access import public
from apps.web.forms import Form, show_form
from apps.web.same_origin import takes_form

blueprint = Blueprint("account", __name__)
blueprint.add_app_template_global(generate_csrf, "csrf_token")


@blueprint.route("/register", methods=["GET", "POST"])
@public
@takes_form
def register() -> ResponseReturnValue:
    """Make an account, and log its reader in."""
    form = forms.RegisterForm()
    if form.validate_on_submit():
        try:
            user = domain.register(form.name.data, form.email.data, form.password.data)
        except DomainError as error:
            form.refuse(error)
        else:
            sessions.begin(user)
            flash(f"Welcome, {user.name}.", "success")
            return redirect(next_url(), 303)
    return show_form("user/register.html", form)


@blueprint.route("/login", methods=["GET", "POST"])
@public
@takes_form
def log_in() -> ResponseReturnValue:
    """Begin a session, and go on to where the reader wanted to be."""
    form = forms.LoginForm()
    if form.validate_on_submit():
        try:
            # region chapter 5 until 7: log-in
            # | sessions.begin(domain.log_in(form.name.data, form.password.data))
            # endregion log-in
            # region chapter 7: throttled-log-in
            with throttled(form.name.data):
                user = domain.log_in(form.name.data, form.password.data)
            sessions.begin(user)
            # endregion throttled-log-in
            return redirect(next_url(), 303)
        except domain.WrongCredentials as error:
            form.refuse(DomainError(str(error)))
    return show_form("user/login.html", form)


@blueprint.route("/account", methods=["GET", "POST"])
@takes_form
def account() -> ResponseReturnValue:
    """Show the account; its three forms come here, told apart by their fields."""
    user: User = current_user._get_current_object()
    details = forms.DetailsForm(obj=user)
    renewal, deletion = forms.PasswordForm(), forms.DeletionForm()
    form, change = details, _change_details
    if "delete_password" in request.form:
        form, change = deletion, _delete
    elif "new_password" in request.form:
        form, change = renewal, _change_password
    if form.validate_on_submit():
        try:
            # region chapter 5 until 7: change
            # | return redirect(change(user, form), 303)
            # endregion change
            # region chapter 7: throttled-change
            with throttled(user):
                return redirect(change(user, form), 303)
            # endregion throttled-change
        except DomainError as error:
            form.refuse(error)
    return show_form(
        "user/account.html", form, details=details, renewal=renewal, deletion=deletion
    )


def _change_details(user: User, form: Form) -> str:
    password = form.password.data or ""
    domain.change_details(user, form.name.data, form.email.data, password)
    flash("Your changes have been saved.", "success")
    return url_for(".account")


def _change_password(user: User, form: Form) -> str:
    domain.change_password(user, form.old_password.data, form.new_password.data)
    sessions.begin(user)
    flash("Your password is changed, and other sessions are logged out.", "success")
    return url_for(".account")


def _delete(user: User, form: Form) -> str:
    domain.delete_with_password(user, form.delete_password.data)
    sessions.end()
    flash("Your account has been deleted.", "success")
    return url_for("chapter.contents")


@blueprint.post("/logout")
@takes_form
def log_out() -> ResponseReturnValue:
    """End the session, if one of our own buttons was pressed."""
    form = forms.LogoutForm()
    if not form.validate_on_submit():
        return show_form("user/logout.html", form)
    sessions.end()
    flash("You have been logged out.", "success")
    return redirect(url_for("chapter.contents"), 303)
