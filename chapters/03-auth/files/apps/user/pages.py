"""Pages to register, log in and log out: plain forms."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from apps.user import domain, sessions
from apps.web.access import public
from apps.web.same_origin import takes_form

blueprint = Blueprint("account", __name__)

PAGE = """<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<p><a href="/register">Register</a> <a href="/login">Log in</a>
<h1>{title}</h1>
<form method="post">
  {fields}
  <p><label>Password <input name="password" type="password" required></label>
  <p><button>{title}</button>
</form>
"""
REGISTER = """<p><label>Name <input name="name" required></label>
  <p><label>Mail address <input name="email" type="email" required></label>"""
LOG_IN = '<p><label>Name or mail address <input name="name" required></label>'
LOG_OUT = '<form method="post" action="logout"><button>Log out</button></form>\n'


@blueprint.get("/register")
@public
def show_register() -> str:
    """Show the form to register."""
    return PAGE.format(title="Register", fields=REGISTER)


@blueprint.get("/login")
@public
def show_login() -> str:
    """Show the form to log in, and a button to log out."""
    return PAGE.format(title="Log in", fields=LOG_IN) + LOG_OUT


@blueprint.post("/register")
@public
@takes_form
def register() -> ResponseReturnValue:
    """Make an account, and go on to the form to log in."""
    form = request.form
    domain.register(form["name"], form["email"], form["password"])
    return redirect(url_for("account.show_login"), 303)


@blueprint.post("/login")
@public
@takes_form
def log_in() -> ResponseReturnValue:
    """Log in, and show whose account it is."""
    user = domain.log_in(request.form["name"], request.form["password"])
    sessions.begin(user)
    return redirect(url_for("user.me"), 303)


@blueprint.post("/logout")
@takes_form
def log_out() -> ResponseReturnValue:
    """Log out, and show the form to log in again."""
    sessions.end()
    return redirect(url_for("account.show_login"), 303)
