"""Say which body a method takes: JSON that fits a schema, or nothing is done."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

from apps.domain_error import DomainError
from apps.web.pointer import pointer
from apps.web.validation import checked_body

Method = Callable[..., Any]


class Taken(NamedTuple):
    """What a method takes: the name of a schema, and the schema."""

    name: str
    schema: dict[str, Any]


def takes(path: Path) -> Callable[[Method], Method]:
    """Pass the fields of the request's body, which fits the schema, as keywords."""
    schema = json.loads(path.read_text(encoding="utf-8"))

    def decorate(method: Method) -> Method:
        @wraps(method)
        def answer(*args: Any, **kwargs: Any) -> Any:
            body = checked_body(schema)
            try:
                return method(*args, **kwargs, **body)
            except DomainError as error:
                point(error)
                raise

        answer.__dict__["taken"] = Taken(path.stem, schema)
        return answer

    return decorate


def point(error: DomainError) -> None:
    """Point at what a rule refuses: it knows the field, but not that it was JSON."""
    for fault in error.extra["errors"]:
        fault["pointer"] = pointer([fault["field"]] if fault["field"] else [])
