"""Do once what is asked twice: a client repeats a POST with the same Idempotency-Key.

That's the header of the IETF's draft-ietf-httpapi-idempotency-key-header. Answers are
kept for a day; what failed isn't, so it may be tried again.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import request
from flask_login import current_user
from flask_restful.utils import unpack
from werkzeug.exceptions import Conflict

from apps.api import answers
from apps.api.documented import documented
from apps.store.redis import best_effort
from apps.web.problem import ProblemError

Method = Callable[..., Any]

HEADER = "Idempotency-Key"
MAX_KEY = 255  # characters
RETRY_SECONDS = 2  # after which the first request has probably been answered
KEY = {
    "name": HEADER,
    "in": "header",
    "description": "A random text, such as a UUID, and a new one for each new request.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
}


class StillRunning(Conflict):
    """Nobody knows yet what the answer will be."""

    def get_headers(self, *args: Any) -> list[tuple[str, str]]:
        """Say when to ask again."""
        return [*super().get_headers(*args), ("Retry-After", str(RETRY_SECONDS))]


def digest() -> str:
    """Return a hash of the key and of what it's for: a key may be a secret."""
    key = request.headers[HEADER]
    if not 1 <= len(key) <= MAX_KEY:
        raise ProblemError(400, f"{HEADER} must have 1 to {MAX_KEY} characters.")
    return _hash(request.method, request.path, key)


def fingerprint() -> str:
    """Return a hash of what else makes two requests the same."""
    return _hash(request.query_string, request.get_data())


def _hash(*parts: str | bytes) -> str:
    """Hash parts of which none can be taken for two."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "replace") if isinstance(part, str) else part
        total.update(hashlib.sha256(data).digest())
    return total.hexdigest()


def idempotent(method: Method) -> Method:
    """Call the method once for each key of a user; then repeat its answer."""

    @documented(
        parameters=[KEY],
        responses={
            400: "The key is empty or too long.",
            409: "The first request with this key is still running.",
            422: "It doesn't fit, or the key was used for another request.",
        },
    )
    @wraps(method)
    def answer(*args: Any, **kwargs: Any) -> Any:
        if HEADER not in request.headers:
            return method(*args, **kwargs)
        asked = fingerprint()
        claimed, found = answers.claim(current_user.id, digest(), asked)
        if found:
            return repeated(found, asked)
        try:
            given = unpack(method(*args, **kwargs))
        except BaseException:
            with best_effort("key given back"):
                answers.release(claimed)
            raise
        with best_effort("answer kept"):
            answers.keep(claimed, asked, given)
        return given

    return answer


def repeated(found: dict[str, Any], asked: str) -> Any:
    """Return the answer to the first request. Raises ProblemError, StillRunning."""
    if found["request"] != asked:
        raise ProblemError(422, f"This {HEADER} was used for another request.")
    if "answer" not in found:
        raise StillRunning("The first request with this key is still running.")
    content, status, headers = found["answer"]
    return content, status, {**headers, "Idempotent-Replayed": "true"}
