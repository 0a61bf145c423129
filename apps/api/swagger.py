"""Swagger UI: a page on which somebody tries the API, for each version.

Its files come with the package flask-swagger-ui, and nothing else of that is used: its
page holds a script, which our policy refuses.
"""

from pathlib import Path

import flask_swagger_ui  # type: ignore[import-untyped]
from flask import Blueprint, Flask, Response, render_template, send_from_directory

from apps.web.access import public

FILES = Path(flask_swagger_ui.__file__).parent / "dist"
# The icons stand in its style sheet, as data: addresses.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def init_app(app: Flask) -> None:
    """Serve the files of Swagger UI, once for all versions."""
    files = Blueprint("swagger", __name__)

    @files.get("/<path:filename>")
    @public
    def static(filename: str) -> Response:
        return send_from_directory(FILES, filename)

    app.register_blueprint(files, url_prefix="/api/swagger")


def serve(blueprint: Blueprint) -> None:
    """Serve the page of a version."""

    @blueprint.get("/")
    @public
    def page() -> Response:
        html = render_template("api/swagger.html", version=blueprint.name)
        response = Response(html, mimetype="text/html")
        response.headers["Content-Security-Policy"] = POLICY
        return response
