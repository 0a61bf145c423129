"""Say that the app answers, for whoever watches it."""

from flask import Blueprint

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> dict[str, str]:
    """Answer `{"status": "ok"}`: Flask makes JSON of a dict."""
    return {"status": "ok"}
