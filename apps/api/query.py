"""Say which parameters of a query a method takes, each with a JSON Schema."""

import re
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from flask import request

from apps.web.problem import ProblemError
from apps.web.validation import faults_of

Method = Callable[..., Any]
Schema = dict[str, Any]

# What each answer of a serializer takes besides.
FIELDS: dict[str, Schema] = {"only": {"type": "string"}, "exclude": {"type": "string"}}
INTEGER = re.compile("-?[0-9]+")


def query(**parameters: Schema) -> Callable[[Method], Method]:
    """Pass the parameters of the request, checked and converted, as keywords."""
    known = parameters | FIELDS

    def decorate(method: Method) -> Method:
        @wraps(method)
        def answer(*args: Any, **kwargs: Any) -> Any:
            given = {
                name: number_in(values, known.get(name, {}))
                for name, values in request.args.lists()
            }
            check(given, known)
            wanted = {
                name: date_in(value, parameters[name])
                for name, value in given.items()
                if name in parameters
            }
            return method(*args, **kwargs, **wanted)

        answer.__dict__["query"] = parameters
        return answer

    return decorate


def check(given: dict[str, object], known: dict[str, Schema]) -> None:
    """Refuse what does not fit, with every fault. Raises ProblemError (422)."""
    faults = faults_of(given, {"properties": known, "additionalProperties": False})
    for fault in faults:
        del fault["pointer"]  # which would point into the body
    if faults:
        first = "{field} {reason}.".format(**faults[0])
        raise ProblemError(422, first, errors=faults)


def number_in(values: list[str], schema: Schema) -> object:
    """Read a number where the schema wants one; it refuses what is still text.

    A parameter that was given twice stays a list, which no schema here allows.
    """
    if len(values) > 1:
        return values
    text = values[0]
    is_number = schema.get("type") == "integer" and INTEGER.fullmatch(text)
    return int(text) if is_number else text


def date_in(value: Any, schema: Schema) -> object:
    """Read a date where the schema wants one."""
    return date.fromisoformat(value) if schema.get("format") == "date" else value
