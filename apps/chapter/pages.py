"""What the texts refer to: the pictures beside them, and the exercises."""

from flask import Blueprint, Response, send_file

from apps.chapter.models import Part
from apps.chapter.reading import beside, rendered
from apps.chapter.views import catalogue
from apps.web.access import public
from apps.web.negotiation import respond

# An SVG can hold a script; opened on its own, it may do nothing but be styled.
ONLY_SHOWN = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@public
def picture(slug: str, stem: str, kind: str) -> Response:
    """Send a picture of a chapter."""
    path = catalogue().picture(slug, f"{stem}.{kind}")
    response = send_file(path, max_age=300)
    response.headers["Content-Security-Policy"] = ONLY_SHOWN
    return response


@public
def exercise(slug: str, name: str) -> Response:
    """Show an exercise of a chapter."""
    chapter, part, text = catalogue().exercise(slug, name)
    first: Part = chapter.parts[0]
    shown = {
        **beside(catalogue(), chapter, first, text),
        "part": part,
        "page": rendered(catalogue(), chapter, part, text),
        "before": None,
        "after": None,
    }
    return respond(
        "chapter.html",
        shown,
        number=chapter.number,
        slug=slug,
        title=part.title,
        text=text,
    )


def add_to(blueprint: Blueprint) -> None:
    """Add the routes to those of the chapters."""
    blueprint.add_url_rule(
        "/chapter/<slug>/<stem>.<any(png, svg):kind>", view_func=picture
    )
    blueprint.add_url_rule("/chapter/<slug>/exercises/<name>", view_func=exercise)
