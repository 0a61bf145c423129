"""Say that the app answers, for whoever watches it."""

from flask import Blueprint

from apps.web.access import public  # chapter 3

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@public  # chapter 3
def health() -> dict[str, str]:
    """Answer `{"status": "ok"}`: Flask makes JSON of a dict."""
    return {"status": "ok"}
