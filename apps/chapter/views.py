"""List the chapters and show their texts: plain for people, JSON for programs."""

from flask import Blueprint, Response, current_app, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue

from apps.chapter.backend import Catalogue
from apps.chapter.models import Chapter, Part
from apps.negotiation import negotiate

blueprint = Blueprint("chapter", __name__)


def catalogue() -> Catalogue:
    """Return this app's catalogue; the first request makes it."""
    made = Catalogue(current_app.config["CHAPTERS_FOLDER"])
    kept: Catalogue = current_app.extensions.setdefault("catalogue", made)
    return kept


def wants_json() -> bool:
    """Tell a program that asks for JSON from everybody else."""
    return negotiate("text/plain", "application/json") == "application/json"


def address(chapter: Chapter, part: Part) -> str:
    """Return the path at which a part is read."""
    return url_for("chapter.read", slug=chapter.slug, name=part.name or None)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Lead from the front door to the table of contents."""
    return redirect(url_for("chapter.contents"))


@blueprint.get("/chapter/")
def contents() -> Response:
    """List every chapter with the addresses of its parts."""
    rows, lines = [], []
    for chapter in catalogue().chapters:
        parts = [
            {"title": part.title, "url": address(chapter, part)}
            for part in chapter.parts
        ]
        rows.append({"number": chapter.number, "slug": chapter.slug, "parts": parts})
        lines += [f"{chapter.number:>2}. {chapter.title}"]
        lines += [f"    {part['url']:<40} {part['title']}" for part in parts]
    if wants_json():
        return jsonify(chapters=rows)
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@blueprint.get("/chapter/<slug>")
@blueprint.get("/chapter/<slug>/<name>")
def read(slug: str, name: str = "") -> Response:
    """Show a part of a chapter; without a name, the first one."""
    chapter, part = catalogue().find(slug, name)
    text = catalogue().text(chapter, part)
    if wants_json():
        title = part.title
        return jsonify(number=chapter.number, slug=slug, title=title, text=text)
    return Response(text, mimetype="text/plain")


@blueprint.after_request
def vary(response: Response) -> Response:
    """Tell caches that the answer depends on what the client accepts."""
    response.vary.add("Accept")
    return response
