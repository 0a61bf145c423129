"""A page for logging in and out: plain forms."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from apps.user import domain, sessions
from apps.web.access import public
from apps.web.same_origin import takes_form

blueprint = Blueprint("account", __name__)

FORM = """<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Log in</title>
<h1>Log in</h1>
<form method="post">
  <p><label>Name or mail address <input name="name" required></label>
  <p><label>Password <input name="password" type="password" required></label>
  <p><button>Log in</button>
</form>
<form method="post" action="/logout"><button>Log out</button></form>
"""


@blueprint.get("/login")
@public
def show_form() -> str:
    """Show the form."""
    return FORM


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
    """Log out, and show the form again."""
    sessions.end()
    return redirect(url_for("account.show_form"), 303)
