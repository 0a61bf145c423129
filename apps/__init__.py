"""The application: `create_app` is its table of contents."""

from collections.abc import Mapping

from flask import Flask

from apps import chapter, errors, health, log
from apps.configuration import load_config

SUBJECTS = [
    chapter,
    health,
]


def create_app(config: str | Mapping[str, object] | None = None) -> Flask:
    """Build one independent application; nothing happens at import."""
    app = Flask(__name__)
    load_config(app, config)
    log.init_app(app)
    for subject in SUBJECTS:
        app.register_blueprint(subject.blueprint)
    errors.init_app(app)
    return app
