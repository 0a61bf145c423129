"""Take a JSON body, or refuse it with the field and the reason.

What is not one clear JSON text is 400 (RFC 8259; RFC 7493 for what all parsers must
understand alike: no key twice, no lone surrogate, no NaN). A text that does not fit
its JSON Schema (draft 2020-12) is 422, with every fault. No reason quotes a value: it
may be a password.
"""

import functools
import itertools
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from flask import current_app, request
from jsonschema import (  # type: ignore[import-untyped]
    Draft202012Validator,
    ValidationError,
)

from apps.web.pointer import pointer  # chapter 8
from apps.web.problem import ProblemError

MAX_NESTING_DEPTH = 32  # of lists and objects in each other
TOO_DEEP = f"is nested deeper than {MAX_NESTING_DEPTH} levels"
MAX_ERRORS = 50  # in one answer
MAX_FIELD_CHARACTERS = 100  # of a field's name that are repeated in an answer
UNWANTED = re.compile("[\x00\ud800-\udfff]")  # NUL, and halves of surrogate pairs

TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}
REASONS: dict[str, Callable[[Any], str]] = {
    "type": lambda wanted: f"must be {TYPES[wanted]}",
    "minLength": lambda n: f"must have at least {_count(n, 'character')}",
    "maxLength": lambda n: f"must have at most {_count(n, 'character')}",
    "minimum": lambda n: f"must be at least {n}",
    "maximum": lambda n: f"must be at most {n}",
    "maxItems": lambda n: f"must have at most {_count(n, 'item')}",
    "enum": lambda choices: "must be one of " + ", ".join(map(json.dumps, choices)),
    "pattern": lambda _: "has the wrong format",
    "format": lambda name: f"must be a {name}",  # chapter 8
}


def checked_body(schema: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return the request's JSON object, which fits the schema.

    schema is a schema, or the name of its file in the folder `schemas` beside the
    blueprint, without `.json`. Raises ProblemError (400, 415, 422, with `errors`, each
    a `field` and a `reason`) and RequestEntityTooLarge (413).
    """
    body = parsed(_text())
    faults = _faults(_validator(schema), body)
    if faults or not isinstance(body, dict):
        faults = faults or [_fault((), "must be an object")]
        count = _count(len(faults), "field")
        verb = "is" if len(faults) == 1 else "are"
        raise ProblemError(422, f"{count} of the body {verb} invalid.", errors=faults)
    return body


# region chapter 8: values
def faults_of(
    value: Mapping[str, Any], schema: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Name each fault of a value that is no body, as checked_body does."""
    return _faults(_validator(schema), value)


# endregion values
def parsed(text: str) -> Any:
    """Parse a JSON text strictly. Raises ProblemError with status 400."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=lambda word: _refuse("", f"is not JSON: there is no {word}"),
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        _refuse("", f"is not JSON: {error.msg} at {position}")
    except ValueError:  # Python's limit for the digits of a whole number
        _refuse("", "holds a number that is too long")
    except RecursionError:
        _refuse("", TOO_DEEP)
    for path, string in _strings(value):
        if UNWANTED.search(string):
            _refuse(path, "must not hold a NUL or half of a surrogate pair")
    return value


def _text() -> str:
    """Return the body as text, if it is called JSON and is UTF-8."""
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    plain = charset in ("utf-8", "utf8") and encoding == "identity"
    if request.mimetype != "application/json" or not plain:
        raise ProblemError(415, "The body must be application/json, in plain UTF-8.")
    try:
        return request.get_data().decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse("", f"is not UTF-8 at byte {error.start}")


def _validator(schema: str | Mapping[str, Any]) -> Draft202012Validator:
    """Return the validator of a schema, or of the schema in a blueprint's file."""
    if isinstance(schema, Mapping):
        return _compiled(json.dumps(schema))
    folder = Path(current_app.blueprints[request.blueprints[0]].root_path, "schemas")
    return _compiled(folder / f"{schema}.json")


@functools.lru_cache(maxsize=256)
def _compiled(schema: str | Path) -> Draft202012Validator:
    """Compile a schema once; a schema with a fault in itself raises SchemaError."""
    text = schema.read_text(encoding="utf-8") if isinstance(schema, Path) else schema
    Draft202012Validator.check_schema(json.loads(text))
    return Draft202012Validator(
        json.loads(text),
        format_checker=Draft202012Validator.FORMAT_CHECKER,  # chapter 8
    )


def _faults(validator: Draft202012Validator, body: object) -> list[dict[str, str]]:
    """Name each field that does not fit, once for each reason, up to a limit."""
    errors = itertools.islice(validator.iter_errors(body), MAX_ERRORS)
    found = dict.fromkeys(one for error in errors for one in _explained(error))
    return [_fault(path, reason) for path, reason in found][:MAX_ERRORS]


def _fault(path: tuple[str, ...], reason: str) -> dict[str, str]:
    """Name a field, and say what is wrong with it."""
    return {
        "field": _dotted(path),
        "pointer": pointer(path),  # chapter 8
        "reason": reason,
    }


def _explained(error: ValidationError) -> Iterator[tuple[tuple[str, ...], str]]:
    """Turn one of the library's errors, which quotes the value, into our words."""
    path = tuple(str(step) for step in error.absolute_path)
    keyword, wanted, instance = error.validator, error.validator_value, error.instance
    if keyword == "required":
        missing = [name for name in wanted if name not in instance]
        yield from (((*path, name), "is missing") for name in missing)
    elif keyword == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = [name for name in instance if name not in known]
        yield from (((*path, name), "is not an allowed field") for name in unknown)
    elif keyword == "minLength" and wanted == 1:
        yield path, "must not be empty"
    else:
        reason = REASONS.get(str(keyword), lambda _: f"does not fit ({keyword})")
        yield path, reason(wanted)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; if a key is in it twice, parsers would disagree on its value."""
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            _refuse(_dotted([key]), "is duplicated")
        made[key] = value
    return made


def _strings(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield each string in a value, names of fields included, with its path."""
    if len(path) >= MAX_NESTING_DEPTH and isinstance(value, list | dict):
        _refuse("", TOO_DEEP)
    if isinstance(value, str):
        yield _dotted(path), value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _strings(item, (*path, str(number)))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield _dotted((*path, name)), name
            yield from _strings(item, (*path, name))


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        _refuse("", "holds a number that is too large")
    return number


def _refuse(field: str, reason: str) -> NoReturn:
    raise ProblemError(
        400,
        f"{field or 'The body'} {reason}.",
        errors=[{"field": field, "reason": reason}],
    )


def _dotted(path: list[str] | tuple[str, ...]) -> str:
    """Write a path as `tags.0.name`; a long one is cut, odd characters replaced."""
    text = ".".join(path)[:MAX_FIELD_CHARACTERS]
    return UNWANTED.sub("\N{REPLACEMENT CHARACTER}", text)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
