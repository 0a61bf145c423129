"""Say what a method of a resource returns; the answer is written accordingly."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from apps.api.serializer import Serializer

Method = Callable[..., Any]


class Returned(NamedTuple):
    """What a method returns: things of one kind, or a list of them."""

    serializer: Serializer
    status: int
    many: bool


def returns(serializer: Serializer, status: int = 200) -> Callable[[Method], Method]:
    """Write the thing that a method returns; it may return headers beside it."""

    def decorate(method: Method) -> Method:
        @wraps(method)
        def answer(*args: Any, **kwargs: Any) -> Any:
            fields = serializer.chosen()
            thing, headers = method(*args, **kwargs), {}
            if type(thing) is tuple:  # a NamedTuple may be a thing
                thing, headers = thing
            return serializer.dump(thing, fields), status, headers

        answer.__dict__["returned"] = Returned(serializer, status, many=False)
        return answer

    return decorate


def returns_list(serializer: Serializer) -> Callable[[Method], Method]:
    """Write the list of things that a method returns, all of them at once."""

    def decorate(method: Method) -> Method:
        @wraps(method)
        def answer(*args: Any, **kwargs: Any) -> Any:
            fields = serializer.chosen()
            things = method(*args, **kwargs)
            return {"items": [serializer.dump(thing, fields) for thing in things]}

        answer.__dict__["returned"] = Returned(serializer, 200, many=True)
        return answer

    return decorate
