"""Logs: one file a level and a day, a request id in each line, no secret in any."""

import logging
import logging.config
from pathlib import Path

from flask import Flask

from apps.log.builder import build
from apps.log.calls import log_calls, log_record
from apps.log.request_id import RequestIds

__all__ = ["init_app", "log_calls", "log_record"]


def init_app(app: Flask) -> None:
    """Send what the process logs where the app's settings say; number its requests."""
    root = logging.getLogger()
    foreign = [handler for handler in root.handlers if not handler.name]
    folder = app.config["LOG_FOLDER"] or Path(app.instance_path) / "logs"
    logging.config.dictConfig(build(app.config, folder))
    for handler in foreign:  # a test runner's or an editor's own
        root.addHandler(handler)
    app.wsgi_app = RequestIds(app.wsgi_app)  # type: ignore[method-assign]
