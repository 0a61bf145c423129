"""Log what a route was asked and answered, or how a function was called."""

import functools
import inspect
import logging
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Response, after_this_request, json, request

from apps.log.redaction import redact, redact_value

P = ParamSpec("P")
R = TypeVar("R")

LONGEST = 2000  # characters of a body in a log line


def log_record(view: Callable[P, R]) -> Callable[P, R]:
    """Log the request and the response of a marked route; headers are never logged.

    Stands below the route's decorator. Also an error's answer is logged.
    """
    logger = logging.getLogger(view.__module__)

    @functools.wraps(view)
    def recorded(*args: P.args, **kwargs: P.kwargs) -> R:
        asked = f"{request.method} {request.path}"

        @after_this_request
        def log_response(response: Response) -> Response:
            logger.info(
                "response %s: %s %s", asked, response.status_code, _sent(response)
            )
            return response

        logger.info("request %s: %s", asked, _received())
        return view(*args, **kwargs)

    return recorded


def log_calls(function: Callable[P, R]) -> Callable[P, R]:
    """Log each call of a function at DEBUG: arguments, how it ended, milliseconds."""
    logger = logging.getLogger(function.__module__)
    signature, name = inspect.signature(function), function.__qualname__

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        if not logger.isEnabledFor(logging.DEBUG):
            return function(*args, **kwargs)
        arguments = dict(signature.bind(*args, **kwargs).arguments)
        begun, end = time.perf_counter(), "returned"
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            end = f"raised {type(error).__name__}"
            raise
        finally:
            took = (time.perf_counter() - begun) * 1000
            logger.debug("%s(%s) %s in %.1f ms", name, _shown(arguments), end, took)

    return called


def _received() -> str:
    """Describe the body of the request."""
    if request.is_json:
        try:
            return _shown(request.get_json(silent=True))
        except RecursionError:
            return "JSON that is nested too deep"
    if request.form:
        return _shown(request.form.to_dict(flat=False))
    return f"{request.content_length or 0} bytes"


def _sent(response: Response) -> str:
    """Describe the body of the response."""
    if response.is_json and not response.is_streamed:
        return _shown(response.get_json(silent=True))
    return response.mimetype or "no body"


def _shown(body: object) -> str:
    """Write a body as JSON, without its secrets and not without end."""
    try:
        text = json.dumps(redact_value(body), default=repr, ensure_ascii=False)
    except Exception as error:  # what can't be shown must not stop the request
        return f"[raises {type(error).__name__}]"
    return redact(text[: 2 * LONGEST])[:LONGEST]
