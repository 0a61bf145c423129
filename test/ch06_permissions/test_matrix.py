"""Every route of the app by every role: who gets what.

A new route is not in the table, and fails the test until somebody has decided who may
use it: write it down here, with one status for each role.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.permission.models import RolePermission
from apps.user.models import User

MakeUser = Callable[..., User]
LogIn = Callable[[User | None], FlaskClient]

ROLES = ["anonymous", "reader", "author", "moderator", "admin"]
SAFE = {"HEAD", "OPTIONS"}  # HEAD goes where GET goes, OPTIONS tells only the methods


class Row(NamedTuple):
    """What a request gets from each role: statuses in the order of ROLES."""

    path: str  # {own} is the id of whoever asks, {other} that of a reader
    statuses: tuple[int, int, int, int, int]
    form: bool = False  # it takes a form, not JSON


def everybody(path: str, status: int) -> Row:
    """Say that a route is the same for everybody."""
    return Row(path, (status,) * 5)


def members(path: str, status: int) -> Row:
    """Say that a route wants an account, whichever."""
    return Row(path, (401,) + (status,) * 4)


# An empty or foreign request is enough: it shows who comes as far as the view, which
# then answers 415, 422 or 404, and it changes nothing.
MATRIX: dict[tuple[str, str], list[Row]] = {
    ("GET", "/"): [everybody("/", 200)],
    ("GET", "/chapter/"): [everybody("/chapter/", 200)],
    ("GET", "/chapter/<slug>"): [everybody("/chapter/one", 200)],
    ("GET", "/chapter/<slug>/<name>"): [everybody("/chapter/two/2-more", 200)],
    ("GET", "/chapter/<slug>/<stem>.<any(png, svg):kind>"): [
        everybody("/chapter/one/none.svg", 404)
    ],
    ("GET", "/chapter/<slug>/exercises/<name>"): [
        everybody("/chapter/one/exercises/none", 404)
    ],
    ("GET", "/health"): [everybody("/health", 200)],
    ("GET", "/health/ready"): [everybody("/health/ready", 200)],  # chapter 7
    # region chapter 7: progress
    ("POST", "/progress"): [Row("/progress", (401, 400, 400, 400, 400), True)],
    # endregion progress
    # region chapter 7: files
    ("POST", "/file/token"): [Row("/file/token", (401, 403, 422, 403, 422))],
    ("PUT", "/file/upload"): [everybody("/file/upload", 401)],
    ("GET", "/file/<int(max=2147483647):file_id>"): [members("/file/0", 404)],
    ("PUT", "/file/<int(max=2147483647):file_id>/share"): [
        members("/file/0/share", 404)
    ],
    ("DELETE", "/file/<int(max=2147483647):file_id>/share"): [
        members("/file/0/share", 404)
    ],
    ("DELETE", "/file/<int(max=2147483647):file_id>"): [members("/file/0", 404)],
    ("GET", "/files"): [members("/files", 200)],
    ("POST", "/files"): [Row("/files", (401, 403, 400, 403, 400), True)],
    ("POST", "/files/<int(max=2147483647):file_id>"): [
        Row("/files/0", (401, 400, 400, 400, 400), True)
    ],
    # endregion files
    # region chapter 7: notes
    ("GET", "/note/"): [members("/note/", 200)],
    ("POST", "/note/"): [Row("/note/", (401, 404, 404, 404, 404), True)],
    ("GET", "/note/<note_id>/edit"): [members("/note/0/edit", 404)],
    ("POST", "/note/<note_id>/edit"): [
        Row("/note/0/edit", (401, 400, 400, 400, 400), True)
    ],
    ("GET", "/note/<note_id>/delete"): [members("/note/0/delete", 404)],
    ("POST", "/note/<note_id>/delete"): [
        Row("/note/0/delete", (401, 404, 404, 404, 404), True)
    ],
    # endregion notes
    # region chapter 8: api
    ("GET", "/api/v1/"): [everybody("/api/v1/", 200)],
    ("GET", "/api/v1/openapi.json"): [everybody("/api/v1/openapi.json", 200)],
    ("GET", "/api/swagger/<path:filename>"): [everybody("/api/swagger/none.css", 404)],
    ("GET", "/api/v1/chapters"): [everybody("/api/v1/chapters", 200)],
    ("GET", "/api/v1/chapters/<slug>"): [everybody("/api/v1/chapters/none", 404)],
    ("GET", "/api/v1/files"): [members("/api/v1/files", 200)],
    ("POST", "/api/v1/files"): [Row("/api/v1/files", (401, 403, 422, 403, 422))],
    ("GET", "/api/v1/files/<int(max=2147483647):file_id>"): [
        members("/api/v1/files/0", 404)
    ],
    ("DELETE", "/api/v1/files/<int(max=2147483647):file_id>"): [
        members("/api/v1/files/0", 404)
    ],
    ("PUT", "/api/v1/files/<int(max=2147483647):file_id>/share"): [
        members("/api/v1/files/0/share", 404)
    ],
    ("DELETE", "/api/v1/files/<int(max=2147483647):file_id>/share"): [
        members("/api/v1/files/0/share", 404)
    ],
    ("GET", "/api/v1/me"): [members("/api/v1/me", 200)],
    ("GET", "/api/v1/notes"): [members("/api/v1/notes", 200)],
    ("POST", "/api/v1/notes"): [members("/api/v1/notes", 422)],
    ("GET", "/api/v1/notes/<note_id>"): [members("/api/v1/notes/0", 404)],
    ("PUT", "/api/v1/notes/<note_id>"): [members("/api/v1/notes/0", 422)],
    ("DELETE", "/api/v1/notes/<note_id>"): [members("/api/v1/notes/0", 404)],
    ("GET", "/api/v1/progress"): [members("/api/v1/progress", 200)],
    ("PUT", "/api/v1/progress/<slug>"): [members("/api/v1/progress/one", 422)],
    ("PUT", "/api/v1/progress/<slug>/<name>"): [
        members("/api/v1/progress/two/2-more", 422)
    ],
    # endregion api
    ("GET", "/search"): [everybody("/search?q=text", 200)],
    ("GET", "/static/<path:filename>"): [everybody("/static/none.css", 404)],
    ("POST", "/user/register"): [everybody("/user/register", 422)],
    ("POST", "/user/login"): [everybody("/user/login", 422)],
    ("POST", "/user/logout"): [members("/user/logout", 204)],
    ("GET", "/user/me"): [members("/user/me", 200)],
    ("POST", "/user/password"): [members("/user/password", 422)],
    ("POST", "/user/token"): [everybody("/user/token", 401)],
    ("DELETE", "/user/token"): [everybody("/user/token", 401)],
    ("POST", "/user/token/refresh"): [everybody("/user/token/refresh", 422)],
    ("GET", "/register"): [everybody("/register", 200)],
    ("GET", "/login"): [everybody("/login", 200)],
    ("GET", "/account"): [members("/account", 200)],
    ("POST", "/register"): [Row("/register", (400,) * 5, True)],
    ("POST", "/login"): [Row("/login", (400,) * 5, True)],
    ("POST", "/logout"): [Row("/logout", (401, 400, 400, 400, 400), True)],
    ("POST", "/account"): [Row("/account", (401, 400, 400, 400, 400), True)],
    ("GET", "/admin/"): [Row("/admin/", (401, 403, 403, 200, 200))],
    ("GET", "/admin/role"): [Row("/admin/role", (401, 403, 403, 200, 200))],
    ("GET", "/admin/audit"): [Row("/admin/audit", (401, 403, 403, 403, 200))],
    ("GET", "/admin/user/<int(max=2147483647):user_id>"): [
        members("/admin/user/{own}", 200),
        Row("/admin/user/{other}", (401, 403, 403, 200, 200)),
        Row("/admin/user/0", (401, 403, 403, 404, 404)),
    ],
    ("POST", "/admin/user/<int(max=2147483647):user_id>/role"): [
        Row("/admin/user/{own}/role", (401, 403, 403, 403, 400), True),
        Row("/admin/user/{other}/role", (401, 403, 403, 403, 400), True),
    ],
}

# region chapter 8: versions
MATRIX |= {
    (method, rule.replace("/v1/", "/v2/")): [
        row._replace(path=row.path.replace("/v1/", "/v2/")) for row in rows
    ]
    for (method, rule), rows in MATRIX.items()
    if rule.startswith("/api/v1/")
}
# endregion versions


def routes(app: Flask) -> set[tuple[str, str]]:
    """List what the app answers: method and rule."""
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - SAFE
    }


def test_every_route_is_classified(app: Flask) -> None:
    forgotten = routes(app) - MATRIX.keys()
    assert not forgotten, (
        f"Who may use {sorted(forgotten)}? Add each to MATRIX in {__file__}."
    )


def test_no_route_is_classified_that_is_gone(app: Flask) -> None:
    assert not MATRIX.keys() - routes(app)


def test_a_route_that_nobody_classified_is_noticed(own_app: Flask) -> None:
    own_app.add_url_rule("/new", "new", lambda: "", methods=["DELETE"])
    with pytest.raises(AssertionError, match="'DELETE', '/new'"):
        test_every_route_is_classified(own_app)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_matrix_says(
    app: Flask, make_user: MakeUser, log_in: LogIn, role: str
) -> None:
    other = make_user("other")
    user = None
    if role != "anonymous":
        user = make_user("asking", [role] if role != "reader" else [])
    ids = {"own": user.id if user else other.id, "other": other.id}
    got, wanted = {}, {}
    for (method, _), rows in MATRIX.items():
        for row in rows:
            path = row.path.format(**ids)
            answer = log_in(user).open(
                path,
                method=method,
                json={} if method != "GET" and not row.form else None,
                data={"none": ""} if row.form else None,
                headers={"Sec-Fetch-Site": "same-origin"},
            )
            got[method, row.path] = answer.status_code
            wanted[method, row.path] = row.statuses[ROLES.index(role)]
    assert got == wanted


def test_every_permission_that_a_view_asks_for_exists(app: Flask) -> None:
    with app.app_context():
        held = {row.permission for row in RolePermission.query}
    for view in app.view_functions.values():
        assert getattr(view, "permission", "note.delete") in held
