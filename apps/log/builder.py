"""Make the one description of the logs that `logging.config.dictConfig` takes."""

from collections.abc import Mapping
from pathlib import Path
from smtplib import SMTP_PORT
from typing import Any
from urllib.parse import urlsplit


def build(settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Describe formatter, handlers and loggers.

    The app logs from LOG_LEVEL on, libraries from WARNING on, to the console and to
    files in folder. Where LOG_MAIL_SERVER and LOG_MAIL_TO are set, errors are mailed.
    The loggers of libraries keep their own levels and handlers.
    """
    handlers: dict[str, dict[str, Any]] = {
        "console": {
            "class": "apps.log.faults.Console",
            "stream": "ext://flask.logging.wsgi_errors_stream",
            "formatter": "line",
        },
        "files": {
            "class": "apps.log.files.DailyFiles",
            "folder": folder,
            "days": settings["LOG_DAYS"],
            "formatter": "line",
        },
    }
    if settings["LOG_MAIL_SERVER"] and settings["LOG_MAIL_TO"]:
        handlers["mail"] = _mail(settings)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "apps.log.line.Line"}},
        "handlers": handlers,
        "root": {"level": "WARNING", "handlers": [*handlers]},
        "loggers": {"apps": {"level": settings["LOG_LEVEL"]}},
    }


def _mail(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the mail of an error; with a password the connection has to be TLS."""
    server = urlsplit(f"//{settings['LOG_MAIL_SERVER']}")
    user, password = settings["LOG_MAIL_USER"], settings["LOG_MAIL_PASSWORD"]
    return {
        "class": "apps.log.mail.Mail",
        "level": "ERROR",
        "formatter": "line",
        "server": (server.hostname, server.port or SMTP_PORT),
        "sender": settings["LOG_MAIL_FROM"],
        "to": list(settings["LOG_MAIL_TO"]),
        "account": (user, password) if user and password else None,
    }
