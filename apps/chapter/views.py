"""The chapters over HTTP: pages for people, JSON for programs."""

from flask import Blueprint, Response, current_app, send_file

from apps.chapter.backend import Catalogue
from apps.chapter.models import Chapter, Part
from apps.chapter.page_context import page_context
from apps.chapter.pictures import POLICY
from apps.chapter.rows import as_rows
from apps.web.access import public
from apps.web.negotiation import respond
from apps.web.static_files import keep_by_hash

blueprint = Blueprint("chapter", __name__)


def catalogue() -> Catalogue:
    """Return this app's catalogue."""
    if "catalogue" not in current_app.extensions:
        folder = current_app.config["CHAPTERS_FOLDER"]
        current_app.extensions["catalogue"] = Catalogue(folder)
    kept: Catalogue = current_app.extensions["catalogue"]
    return kept


@blueprint.get("/")
@blueprint.get("/chapter/")
@public
def contents() -> Response:
    """List the chapters and the addresses of their parts."""
    rows = as_rows(catalogue().chapters)
    return respond("contents.html", {"about": catalogue().about}, chapters=rows)


@blueprint.get("/chapter/<slug>")
@blueprint.get("/chapter/<slug>/<name>")
@public
def read(slug: str, name: str = "") -> Response:
    """Show one part of a chapter; without a name, the first one."""
    chapter, part = catalogue().find(slug, name)
    return answer(chapter, part, catalogue().text(chapter, part))


def answer(chapter: Chapter, part: Part, text: str) -> Response:
    """Answer with a text, as a page or as JSON."""
    fields = {"number": chapter.number, "slug": chapter.slug, "title": part.title}
    context = page_context(catalogue(), chapter, part, text)
    return respond("chapter.html", context, text=text, **fields)


@blueprint.get("/chapter/<slug>/<stem>.<any(png, svg):kind>")
@public
def picture(slug: str, stem: str, kind: str) -> Response:
    """Send a picture of a chapter."""
    path = catalogue().picture(slug, f"{stem}.{kind}")
    response = send_file(path)
    response.headers["Content-Security-Policy"] = POLICY
    return keep_by_hash(response, path)


@blueprint.get("/chapter/<slug>/exercises/<name>")
@public
def exercise(slug: str, name: str) -> Response:
    """Show an exercise of a chapter."""
    return answer(*catalogue().exercise(slug, name))
