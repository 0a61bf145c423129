"""The page `/files`: what the reader has stored, and a form to add to it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import AnyOf, InputRequired

from apps.domain_error import DomainError
from apps.file import domain, policy
from apps.file.views import MAX_ID, me
from apps.permission.decorators import permission_required
from apps.permission.domain import may
from apps.web.forms import Form
from apps.web.large_bodies import takes_up_to
from apps.web.negotiation import respond
from apps.web.same_origin import takes_form

TEMPLATE = "file/files.html"
ACTIONS = ["share", "hide", "delete"]

blueprint = Blueprint("files", __name__, url_prefix="/files")


class UploadForm(Form):
    """A form with a file, which the view takes from the request."""


class ButtonForm(Form):
    """A button beside a file."""

    action = StringField(validators=[InputRequired(), AnyOf(ACTIONS)])


@blueprint.get("")
def mine() -> ResponseReturnValue:
    """List the reader's files, the newest first."""
    before = request.args.get("before", type=int)
    if before is not None and not 0 <= before <= MAX_ID:
        abort(400, "before: that is not the number of a file.")
    fields, only_page = _shown(UploadForm(), before)
    return respond(TEMPLATE, only_page, **fields)


@blueprint.post("")
@takes_form
@takes_up_to("FILES_MAX_BYTES")
@permission_required(domain.UPLOAD)
def add() -> ResponseReturnValue:
    """Store a file that came with the form, where a browser runs no scripts."""
    form = UploadForm()
    if form.validate_on_submit():
        try:
            _store_sent_file()
            return redirect(url_for(".mine"), 303)
        except DomainError as error:
            form.form_errors.append(f"The {error}.")
    fields, only_page = _shown(form)
    return render_template(TEMPLATE, **fields, **only_page), form.status


@blueprint.post(f"/<int(max={MAX_ID}):file_id>")
@takes_form
def change(file_id: int) -> ResponseReturnValue:
    """Share, hide or delete a file."""
    form = ButtonForm()
    if not form.validate_on_submit():
        abort(form.status, "That is no button of this page.")
    if form.action.data == "delete":
        domain.remove(file_id, me())
        flash("The file is deleted.", "success")
    else:
        file = domain.share(file_id, me(), form.action.data == "share")
        who = "Everybody with an account" if file.shared else "Nobody else"
        flash(f"{who} can read {file.name} now.", "success")
    return redirect(url_for(".mine"), 303)


def _store_sent_file() -> None:
    """Store the form's file, which Werkzeug has put into a temporary file by now."""
    sent = request.files.get("file")
    name = (sent.filename if sent else None) or ""
    if sent is None or not name:
        raise DomainError("choose one first", "file")
    size = sent.stream.seek(0, 2)
    sent.stream.seek(0)
    file = policy.new_file(name, policy.type_of(name), size)
    domain.store(me(), file, sent.stream)
    flash(f"{file.name} is stored.", "success")


def _shown(
    form: Form, before: int | None = None
) -> tuple[dict[str, object], dict[str, object]]:
    """Return what everybody is shown of the reader's files, and what only a page is."""
    found = domain.mine(me(), before=before)
    fields: dict[str, object] = {
        "files": [file.fields() for file in found.files],
        "next_before": found.next_before,
        "used": found.used,
        "quota": policy.quota(),
    }
    only_page: dict[str, object] = {
        "form": form,
        "may_upload": may(me(), domain.UPLOAD),
        "max_bytes": policy.max_bytes(),
        "types": policy.types_by_suffix(),
    }
    return fields, only_page
