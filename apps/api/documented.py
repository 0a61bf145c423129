"""What a decorator adds to the OpenAPI document, beside what it does."""

from collections.abc import Callable
from typing import Any, TypeVar

Thing = TypeVar("Thing", bound=Callable[..., Any])
Fragment = dict[str, Any]


def documented(**fragment: Any) -> Callable[[Thing], Thing]:
    """Say more of a method, or of all methods of a resource, in OpenAPI's words.

    `parameters` and `responses` are added to those that are there. A response may be
    a text, and `headers`, each with a text, belong to all answers that are no error.
    """

    def decorate(thing: Thing) -> Thing:
        thing.documented = [*fragments_of(thing), fragment]  # type: ignore[attr-defined]
        return thing

    return decorate


def fragments_of(thing: object) -> list[Fragment]:
    """Return what a method or a class itself was marked with."""
    found: list[Fragment] = vars(thing).get("documented", [])
    return found
