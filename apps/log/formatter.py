"""Make a log line: time, level, request id, logger, message; redacted and escaped."""

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from apps.log.redaction import (
    MAX_CHARACTERS_READ,
    REDACTED,
    announces_secret,
    redact,
    redact_value,
)
from apps.log.request_id import request_id

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
PLACEHOLDER = re.compile(r"%(?:%|[-#0 +]*\d*(?:\.\d+)?[hlL]?[diouxXeEfFgGcrsa])")
MAX_CHARACTERS_WRITTEN = 10_000  # of a message, or of a traceback
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class LineFormatter(logging.Formatter):
    """Formats records so that none can imitate another or reveal a secret.

    A record begins in the first column, with its time in UTC; the lines of its
    traceback are indented. What `extra=` holds follows the message as `name=value`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, or more where there is a traceback."""
        moment = datetime.fromtimestamp(record.created, UTC)
        time = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        parts = [
            f"{time} {record.levelname:<7} {request_id.get()} {record.name}:",
            escape(shortened(message(record))),
        ]
        for name, value in vars(record).items():
            if name not in STANDARD:
                parts.append(escape(f"{name}={extra(name, value)}"))
        lines = [" ".join(parts)]
        if record.exc_info:
            lines += indented(self.formatException(record.exc_info))
        if record.stack_info:
            lines += indented(record.stack_info)
        return "\n".join(lines)


def message(record: logging.LogRecord) -> str:
    """Put the arguments into the message, without the secret ones."""
    try:
        text, args = str(record.msg), record.args
    except Exception as error:
        return f"[its text raises {type(error).__name__}]"
    if not args:
        return text
    try:
        if isinstance(args, Mapping):
            return text % redact_value(args)
        return _fill(text, tuple(args))
    except Exception:  # an argument may raise whatever it likes
        return f"{text} [its arguments do not fit]"


def extra(name: str, value: object) -> str:
    """Return a value from `extra=` as text, without its secrets."""
    try:
        return shortened(repr(redact_value(value, name)))
    except Exception as error:
        return f"[raises {type(error).__name__}]"


def shortened(text: str) -> str:
    """Return a text without its secrets, and not longer than a log should have it."""
    return redact(text[:MAX_CHARACTERS_READ])[:MAX_CHARACTERS_WRITTEN]


def escape(text: str) -> str:
    """Show control characters as Python writes them, so that a line stays a line."""
    return CONTROL.sub(lambda match: repr(match[0])[1:-1], text)


def indented(text: str) -> list[str]:
    """Redact and indent the lines of a traceback."""
    kept = redact(text[-MAX_CHARACTERS_READ:])[-MAX_CHARACTERS_WRITTEN:]
    return [f"    {escape(line)}" for line in kept.splitlines()]


def _fill(text: str, args: tuple[object, ...]) -> str:
    """Format like `%`, but leave out arguments announced as secrets."""
    waiting, done, end = list(args), [], 0
    for match in PLACEHOLDER.finditer(text):
        done.append(text[end : match.start()])
        end = match.end()
        if match[0] == "%%":
            done.append("%")
            continue
        if not waiting:
            raise TypeError("not enough arguments")
        value = waiting.pop(0)
        if announces_secret(text[: match.start()]):
            done.append(REDACTED)
        else:
            done.append(match[0] % (redact_value(value),))
    if waiting:
        raise TypeError("too many arguments")
    return "".join(done) + text[end:]
