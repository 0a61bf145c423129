"""The chapters over HTTP: pages for people, JSON for programs."""

from flask import Blueprint, Response, current_app, send_file

from apps.chapter.backend import Catalogue
from apps.chapter.models import Chapter, Part
from apps.chapter.page_context import page_context
from apps.chapter.rows import as_rows
from apps.web.access import public
from apps.web.negotiation import respond

# An SVG can hold a script; opened on its own, it may do nothing but be styled.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

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
    return page(chapter, part, catalogue().text(chapter, part))


@blueprint.get("/chapter/<slug>/exercises/<name>")
@public
def exercise(slug: str, name: str) -> Response:
    """Show an exercise of a chapter."""
    return page(*catalogue().exercise(slug, name))


@blueprint.get("/chapter/<slug>/<stem>.<any(png, svg):kind>")
@public
def picture(slug: str, stem: str, kind: str) -> Response:
    """Send a picture of a chapter."""
    path = catalogue().picture(slug, f"{stem}.{kind}")
    response = send_file(path, max_age=300)
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    return response


def page(chapter: Chapter, part: Part, text: str) -> Response:
    """Answer with a text, as a page or as JSON."""
    return respond(
        "chapter.html",
        page_context(catalogue(), chapter, part, text),
        number=chapter.number,
        slug=chapter.slug,
        title=part.title,
        text=text,
    )
