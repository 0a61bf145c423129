"""The chapters over HTTP: pages for people, JSON for programs."""

from flask import Blueprint, Response, current_app

from apps.chapter.backend import Catalogue
from apps.chapter.page_context import as_html, contents_page, contents_text, make_page
from apps.chapter.rows import as_rows
from apps.web.access import public  # chapter 3
from apps.web.negotiation import respond

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
@public  # chapter 3
def contents() -> Response:
    """List the chapters and the addresses of their parts."""
    rows = as_rows(catalogue().chapters)
    return respond(contents_text(rows), contents_page(rows), chapters=rows)


@blueprint.get("/chapter/<slug>")
@blueprint.get("/chapter/<slug>/<name>")
@public  # chapter 3
def read(slug: str, name: str = "") -> Response:
    """Show one part of a chapter; without a name, the first one."""
    chapter, part = catalogue().find(slug, name)
    text = catalogue().text(chapter, part)
    page = make_page(part.title, as_html(text, slug))
    fields = {"number": chapter.number, "slug": slug, "title": part.title}
    return respond(text, page, text=text, **fields)
