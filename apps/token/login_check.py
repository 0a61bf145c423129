"""One door for two kinds of caller: a session, or a token."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import g
from flask_login import current_user

from apps.token.challenges import refuse
from apps.web.access import public

View = TypeVar("View", bound=Callable[..., Any])


def login_check(view: View) -> View:
    """Call view for whoever has a session or, where a header says who calls, a token.

    It does what the guard does before each view, for one that the guard lets pass: the
    view of an extension, or one that asks somebody else first.
    """

    @functools.wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            refuse()
        g.current_user = current_user._get_current_object()
        return view(*args, **kwargs)

    return public(cast(View, checked))
