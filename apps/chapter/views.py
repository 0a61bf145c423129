"""The chapters over HTTP: pages for people, JSON for programs."""

from flask import Blueprint, Response, current_app

from apps.chapter.backend import Catalogue
from apps.chapter.listing import as_rows
from apps.chapter.reading import beside
from apps.web.access import public
from apps.web.negotiation import respond

blueprint = Blueprint("chapter", __name__)


def catalogue() -> Catalogue:
    """Return this app's catalogue; the first request makes it."""
    made = Catalogue(current_app.config["CHAPTERS_FOLDER"])
    kept: Catalogue = current_app.extensions.setdefault("catalogue", made)
    return kept


@blueprint.get("/")
@blueprint.get("/chapter/")
@public
def contents() -> Response:
    """List the chapters and the addresses of their parts."""
    rows = as_rows(catalogue().chapters)
    return respond("contents.html", chapters=rows)


@blueprint.get("/chapter/<slug>")
@blueprint.get("/chapter/<slug>/<name>")
@public
def read(slug: str, name: str = "") -> Response:
    """Show one part of a chapter; without a name, the first one."""
    chapter, part = catalogue().find(slug, name)
    text = catalogue().text(chapter, part)
    return respond(
        "chapter.html",
        beside(catalogue(), chapter, part, text),
        number=chapter.number,
        slug=slug,
        title=part.title,
        text=text,
    )
