"""Say what a method of a resource returns; the answer is written accordingly."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, NamedTuple

from apps.api.serializer import Serializer

Method = Callable[..., Any]


class Returned(NamedTuple):
    """What a method returns: things of one kind, or a list of them."""

    serializer: Serializer
    status: int
    many: bool


def returns(
    serializer: Serializer, status: int = 200, *, many: bool = False
) -> Callable[[Method], Method]:
    """Write the thing that a method returns; it may return headers beside it."""

    def decorate(method: Method) -> Method:
        @wraps(method)
        def answer(*args: Any, **kwargs: Any) -> Any:
            fields = serializer.chosen()  # first: a wrong wish must not change a thing
            found, headers = method(*args, **kwargs), {}
            if type(found) is tuple:  # a NamedTuple may be a thing
                found, headers = found
            if not many:
                return serializer.dump(found, fields), status, headers
            items = [serializer.dump(thing, fields) for thing in found]
            return {"items": items}, status, headers

        answer.__dict__["returned"] = Returned(serializer, status, many)
        return answer

    return decorate


returns_list = partial(returns, many=True)  # all of the list at once
