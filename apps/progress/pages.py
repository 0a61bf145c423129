"""Progress on the pages: a button below each part, a bar beside each chapter."""

import hmac

from flask import Blueprint, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import StringField
from wtforms.validators import AnyOf, InputRequired

from apps.chapter.rows import PartRow, part_row
from apps.chapter.views import catalogue
from apps.progress import domain
from apps.progress.models import Progress
from apps.store.redis import best_effort
from apps.user.models import User
from apps.web.forms import Form
from apps.web.same_origin import takes_form

blueprint = Blueprint("progress", __name__)


@blueprint.app_template_global("part_key")
def part_key(slug: str, name: str = "") -> str:
    """Write a part as Redis has it; the first one of a chapter has no name."""
    return f"{slug}/{name}"


@blueprint.after_app_request
def count_view(response: Response) -> Response:
    """Count who has opened a part; programs, which get JSON, are not counted."""
    page = request.endpoint == "chapter.read" and response.mimetype == "text/html"
    if page and request.method == "GET" and response.status_code == 200:
        part = part_key(**(request.view_args or {}))
        with best_effort("count of a view"):
            domain.count_view(part, _visitor())
    return response


def _visitor() -> str:
    """Return what tells visitors apart, and doesn't tell who they are."""
    reader = _reader()
    who = f"user {reader.id}" if reader else f"address {request.remote_addr}"
    key = str(current_app.secret_key).encode()
    return hmac.digest(key, who.encode(), "sha256").hex()[:16]


def _reader() -> User | None:
    """Return whoever is logged in."""
    user: User = current_user._get_current_object()
    return user if user.is_authenticated else None


@blueprint.app_template_global("part_rows")
def part_rows() -> dict[str, PartRow]:
    """Return the parts of the book in their order, with their titles and addresses."""
    return {
        part_key(chapter.slug, part.name): part_row(chapter, part)
        for chapter in catalogue().chapters
        for part in chapter.parts
    }


@blueprint.app_template_global("progress")
def progress() -> Progress | None:
    """Tell a template what the reader has read; None while Redis is away."""
    if "progress" not in g:
        g.progress = None
        with best_effort("progress on a page"):
            g.progress = domain.overview(_reader(), list(part_rows()))
    found: Progress | None = g.progress
    return found


class ReadForm(Form):
    """The button below a part."""

    part = StringField(validators=[InputRequired()])
    read = StringField(validators=[InputRequired(), AnyOf(["yes", "no"])])


@blueprint.post("/progress")
@takes_form
def change() -> ResponseReturnValue:
    """Note that a part was read, and go on; or forget it, and stay."""
    form, user = ReadForm(), current_user._get_current_object()
    if not form.validate_on_submit():
        abort(form.status, "That is no button of this page.")
    slug, _, name = form.part.data.partition("/")
    catalogue().find(slug, name)  # raises ChapterNotFound
    part, rows = part_key(slug, name), part_rows()
    if form.read.data == "no":
        domain.unmark(user, part)
        return redirect(rows[part]["url"], 303)
    domain.mark(user, part)
    after = domain.overview(user, list(rows)).next
    return redirect(rows[after]["url"] if after else url_for("chapter.contents"), 303)
