"""A decorator that asks for a permission before the view runs."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask_login import current_user

from apps.permission import domain

P = ParamSpec("P")
R = TypeVar("R")


def permission_required(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Open a view only to users with the permission; others get 403."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            domain.demand(current_user._get_current_object(), name)
            return view(*args, **kwargs)

        checked.__dict__["permission"] = name
        return checked

    return decorate
