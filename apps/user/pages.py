"""Accounts as pages: forms for what `views.py` does in JSON, and more."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from apps.domain_error import Refusal
from apps.user import domain, sessions
from apps.user.account import account
from apps.user.forms import LoginForm, LogoutForm, RegisterForm
from apps.user.next_url import onward
from apps.web.access import public
from apps.web.forms import shown
from apps.web.same_origin import takes_form

blueprint = Blueprint("account", __name__)
blueprint.add_app_template_global(generate_csrf, "csrf_token")
blueprint.add_url_rule("/account", view_func=account, methods=["GET", "POST"])


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
            return redirect(onward(), 303)
    return shown("user/register.html", form)


@blueprint.route("/login", methods=["GET", "POST"])
@public
@takes_form
def log_in() -> ResponseReturnValue:
    """Begin a session, and go on to where the reader wanted to be."""
    form = LoginForm()
    if form.validate_on_submit():
        try:
            sessions.begin(domain.log_in(form.name.data, form.password.data))
            return redirect(onward(), 303)
        except domain.WrongCredentials as error:
            form.refuse(Refusal(str(error)))
    return shown("user/login.html", form)


@blueprint.post("/logout")
@takes_form
def log_out() -> ResponseReturnValue:
    """End the session, if one of our own buttons was pressed."""
    form = LogoutForm()
    if not form.validate_on_submit():
        return shown("user/logout.html", form)
    sessions.end()
    flash("You are logged out.", "success")
    return redirect(url_for("chapter.contents"), 303)
