"""The admin pages; each costs one query besides the session's."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import StringField
from wtforms.validators import AnyOf, InputRequired

from apps.permission import domain, queries
from apps.permission.decorators import permission_required
from apps.user.models import User
from apps.web.forms import Form
from apps.web.negotiation import respond
from apps.web.same_origin import takes_form

MAX_ID = 2**31 - 1  # the highest that PostgreSQL's integer holds
# What a button does, and the words for when it did something and when it did not.
BUTTONS = {
    "grant": (domain.grant, "Granted", "Had already"),
    "revoke": (domain.revoke, "Revoked", "Did not have"),
}

blueprint = Blueprint("permission", __name__, url_prefix="/admin", cli_group="user")


class RoleForm(Form):
    """A role that is given or taken."""

    action = StringField(validators=[InputRequired(), AnyOf(BUTTONS)])
    role = StringField(validators=[InputRequired()])


@blueprint.get("/")
@permission_required("user.list")
def members() -> ResponseReturnValue:
    """List the users by name; with `q`, those whose names begin with it."""
    q, after = _text("q"), _text("after")
    found, next_after = queries.members(after, q.casefold())
    rows = [row._asdict() | {"created_at": row.created_at.isoformat()} for row in found]
    return respond("admin/members.html", users=rows, q=q, next_after=next_after)


@blueprint.get(f"/user/<int(max={MAX_ID}):user_id>")
def member(user_id: int) -> ResponseReturnValue:
    """Show a user's roles; everybody may see their own."""
    domain.demand(_me(), "user.list", owner_id=user_id)
    found = queries.member(user_id)
    if found is None:
        abort(404, "There is no such user.")
    name, created_at, roles = found
    may_change = domain.may(_me(), "role.grant")
    return respond(
        "admin/member.html",
        {"form": RoleForm() if may_change else None},
        id=user_id,
        name=name,
        created_at=created_at.isoformat(),
        roles=[row._asdict() for row in roles],
    )


@blueprint.post(f"/user/<int(max={MAX_ID}):user_id>/role")
@takes_form
@permission_required("role.grant")
def change_role(user_id: int) -> ResponseReturnValue:
    """Give the user a role, or take it away."""
    form = RoleForm()
    if not form.validate_on_submit():
        faults = [f"{name}: {' '.join(why)}" for name, why in form.errors.items()]
        abort(form.status, "; ".join(faults))
    change, done, nothing_to_do = BUTTONS[form.action.data]
    changed = change(user_id, form.role.data, actor=_me())
    words = done if changed else nothing_to_do
    flash(f"{words} the role {form.role.data}.", "success")
    return redirect(url_for(".member", user_id=user_id), 303)


@blueprint.get("/role")
@permission_required("user.list")
def roles() -> ResponseReturnValue:
    """Show which role may do what."""
    rows = queries.roles_by_permission()
    return respond("admin/roles.html", permissions=rows)


@blueprint.get("/audit")
@permission_required("audit.read")
def audit() -> ResponseReturnValue:
    """Show who gave and took which roles, the newest change first."""
    user_id = _number("user")
    found, before = queries.changes(_number("before"), user_id)
    rows = [row._asdict() | {"at": row.at.isoformat()} for row in found]
    return respond("admin/audit.html", changes=rows, user=user_id, next_before=before)


@blueprint.app_template_global("may")
def may(permission: str) -> bool:
    """Tell a template whether the reader has a permission."""
    return bool(current_user.is_authenticated) and domain.may(_me(), permission)


def _me() -> User:
    """Return the user who sent the request."""
    user: User = current_user._get_current_object()
    return user


def _text(name: str) -> str:
    """Read a parameter that is the beginning of a name."""
    value = request.args.get(name, "")
    if len(value) > 64 or not value.isprintable():
        abort(400, f"{name}: a name has at most 64 characters.")
    return value


def _number(name: str) -> int | None:
    """Read a parameter that is the number of a row."""
    value = request.args.get(name)
    if value is None:
        return None
    if not (value.isdecimal() and value.isascii() and len(value) < 10):
        abort(400, f"{name}: that is not the number of a row.")
    return int(value)
