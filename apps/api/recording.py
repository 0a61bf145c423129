"""Write into the log what marked methods are asked, and what they answer.

Texts are personal: a note, an address, a name. So only their lengths are recorded, but
for the fields that the mark names. Numbers, and true and false, are shown.
"""

import json
import logging
from collections.abc import Callable, Collection
from functools import wraps
from time import perf_counter
from typing import Any

from flask import Response, after_this_request, request
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from apps.log.redaction import redact_value
from apps.web.validation import parsed

Method = Callable[..., Any]

MAX_CHARACTERS = 1_000  # of a body in the log
MAX_ITEMS = 10  # of a list
# The fields of a problem, whose words are our own.
PROBLEM = {"type", "title", "detail", "instance", "field", "pointer", "reason"}
logger = logging.getLogger(__name__)


def log_record(*fields: str) -> Callable[[Method], Method]:
    """Log each call of a method, with the texts of these fields of both bodies.

    It stands above all other decorators, so that what they refuse is logged, too.
    """

    def decorate(method: Method) -> Method:
        @wraps(method)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            begun, user_id = perf_counter(), getattr(current_user, "id", None)

            @after_this_request
            def record(response: Response) -> Response:
                milliseconds = round(1000 * (perf_counter() - begun))
                _log(response, fields, user_id=user_id, milliseconds=milliseconds)
                return response

            return method(*args, **kwargs)

        return recorded

    return decorate


def _log(response: Response, fields: Collection[str], **more: object) -> None:
    """Write one line about this request and its answer."""
    is_problem = response.mimetype == "application/problem+json"
    found = {
        **more,
        "asked": _asked(fields),
        "answered": _answered(response, PROBLEM if is_problem else fields),
    }
    line = "%s %s was answered with %s"
    logger.info(line, request.method, request.path, response.status_code, extra=found)


def _asked(fields: Collection[str]) -> str:
    """Describe the request's body."""
    if not request.is_json:
        return f"[{request.mimetype or 'nothing'}, {request.content_length or 0} bytes]"
    try:
        return _described(parsed(request.get_data().decode()), fields)
    except (HTTPException, UnicodeDecodeError):  # it was refused for that
        return "[no JSON]"


def _answered(response: Response, fields: Collection[str]) -> str:
    """Describe the answer's body."""
    if not response.is_json or response.is_streamed:
        return f"[{response.mimetype}, {response.content_length or 0} bytes]"
    return _described(json.loads(response.get_data()), fields)


def _described(body: object, fields: Collection[str]) -> str:
    """Write a body without what is personal or secret, and not too long."""
    shown = redact_value(_shown(body, fields))
    return json.dumps(shown, ensure_ascii=False)[:MAX_CHARACTERS]


def _shown(value: Any, fields: Collection[str], name: str = "") -> Any:
    """Return a value with the lengths of texts in their place, except in fields."""
    if isinstance(value, dict):
        return {key: _shown(one, fields, key) for key, one in value.items()}
    if isinstance(value, list):
        rest = [f"and {len(value) - MAX_ITEMS} more"][: len(value) > MAX_ITEMS]
        return [_shown(one, fields, name) for one in value[:MAX_ITEMS]] + rest
    if isinstance(value, str) and name not in fields:
        return f"[{len(value)} characters]"
    return value
