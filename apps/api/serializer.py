"""Write things as JSON: the fields of a JSON Schema, or some of them."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import request

from apps.web.problem import ProblemError


class Serializer:
    """Writes things of one kind, whose fields stand in a JSON Schema."""

    def __init__(self, schema: Path, **made: Callable[[Any], object]) -> None:
        """Read the schema; a field that isn't the thing's own is made by a function."""
        self.name = schema.stem
        self.schema: dict[str, Any] = json.loads(schema.read_text(encoding="utf-8"))
        self.made = made

    def dump(self, thing: object, fields: Iterable[str]) -> dict[str, object]:
        """Return these fields of a thing."""
        return {name: self._value(thing, name) for name in fields}

    def chosen(self) -> list[str]:
        """Return the fields that the request wants: `only` these, or all but `exclude`.

        Raises ProblemError (400) for both at once, and for a field that isn't there.
        """
        fields = list(self.schema["properties"])
        only, exclude = _names("only"), _names("exclude")
        if only and exclude:
            raise ProblemError(400, "Give only or exclude, not both.")
        for name in only + exclude:
            if name not in fields:
                raise ProblemError(400, f"There is no field {name[:100]!r}.")
        return [name for name in only or fields if name not in exclude]

    def _value(self, thing: object, name: str) -> object:
        value = self.made[name](thing) if name in self.made else getattr(thing, name)
        return utc(value) if isinstance(value, datetime) else value


def utc(time: datetime) -> str:
    """Write an aware time as RFC 3339 does, in UTC: 2026-12-01T09:30:00Z."""
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _names(key: str) -> list[str]:
    return request.args[key].split(",") if key in request.args else []
