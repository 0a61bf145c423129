"""Search over HTTP: `/search?q=`, a page for people and JSON for programs."""

from flask import Blueprint, Response, current_app, request, url_for

from apps.chapter.views import catalogue
from apps.search.backend import find
from apps.search.index import Index
from apps.search.words import validate_query
from apps.web.access import public
from apps.web.negotiation import respond

blueprint = Blueprint("search", __name__)


def index() -> Index:
    """Return this app's index; the first search makes it."""
    if "search" not in current_app.extensions:
        current_app.extensions["search"] = Index(catalogue())
    index: Index = current_app.extensions["search"]
    return index


@blueprint.get("/search")
@public
def search() -> Response:
    """Show which sections have the words of `q`; without words, only the form."""
    query = validate_query(request.args.get("q", ""))
    hits = [
        {
            "number": hit.number,
            "title": hit.title,
            "section": hit.heading if hit.anchor else "",
            "url": url_for(
                "chapter.read",
                slug=hit.slug,
                name=hit.name or None,
                _anchor=hit.anchor or None,
            ),
            "excerpt": [piece._asdict() for piece in hit.pieces],
        }
        for hit in find(index(), query)
    ]
    return respond("search.html", q=query, hits=hits)
