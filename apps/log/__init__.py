"""Logs: one file a level and a day, a request id in each line, no secret in any."""

import logging
import logging.config
from pathlib import Path
from smtplib import SMTP_PORT
from typing import Any
from urllib.parse import urlsplit

from flask import Config, Flask

from apps.log.request_id import RequestIds


def init_app(app: Flask) -> None:
    """Send what the process logs where the app's settings say; number its requests."""
    root = logging.getLogger()
    foreign = [handler for handler in root.handlers if not handler.name]
    folder = app.config["LOG_FOLDER"] or Path(app.instance_path) / "logs"
    logging.config.dictConfig(describe_logs(app.config, folder))
    for handler in foreign:  # a test runner's or an editor's own
        root.addHandler(handler)
    app.wsgi_app = RequestIds(app.wsgi_app)  # type: ignore[method-assign]


def describe_logs(settings: Config, folder: Path) -> dict[str, Any]:
    """Describe formatter, handlers and loggers as `dictConfig` takes them.

    The app logs from LOG_LEVEL on, libraries from WARNING on, to the console and to
    files in folder. Where LOG_MAIL_SERVER and LOG_MAIL_TO are set, errors are mailed.
    The loggers of libraries keep their own levels and handlers.
    """
    handlers: dict[str, dict[str, Any]] = {
        "console": {
            "class": "apps.log.handlers.Console",
            "stream": "ext://flask.logging.wsgi_errors_stream",
            "formatter": "line",
        },
        "files": {
            "class": "apps.log.handlers.DailyFiles",
            "folder": folder,
            "days": settings["LOG_DAYS"],
            "formatter": "line",
        },
    }
    if settings["LOG_MAIL_SERVER"] and settings["LOG_MAIL_TO"]:
        handlers["mail"] = _describe_mail(settings)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "apps.log.formatter.LineFormatter"}},
        "handlers": handlers,
        "root": {"level": "WARNING", "handlers": [*handlers]},
        "loggers": {"apps": {"level": settings["LOG_LEVEL"]}},
    }


def _describe_mail(settings: Config) -> dict[str, Any]:
    """Describe the mail of an error; with a password the connection has to be TLS."""
    server = urlsplit(f"//{settings['LOG_MAIL_SERVER']}")
    user, password = settings["LOG_MAIL_USER"], settings["LOG_MAIL_PASSWORD"]
    return {
        "class": "apps.log.handlers.Mail",
        "level": "ERROR",
        "formatter": "line",
        "server": (server.hostname, server.port or SMTP_PORT),
        "sender": settings["LOG_MAIL_FROM"],
        "to": list(settings["LOG_MAIL_TO"]),
        "account": (user, password) if user and password else None,
    }
