"""The admin pages, as a browser uses them."""

import re
from collections.abc import Callable

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from apps.permission import domain, queries
from apps.permission.models import Role
from apps.store.database import db
from apps.user.models import User

MakeUser = Callable[..., User]
LogIn = Callable[[User | None], FlaskClient]
PASSWORD = "plover lantern quince"
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


def change(
    client: FlaskClient, user: User, action: str, role: str, **fields: str
) -> TestResponse:
    """Press a button of a user's page."""
    page = client.get(f"/admin/user/{user.id}", headers=BROWSER).text
    token = TOKEN.search(page)
    assert token, page
    form = {"csrf_token": token[1], "action": action, "role": role, **fields}
    return client.post(f"/admin/user/{user.id}/role", data=form, headers=BROWSER)


def test_an_admin_grants_and_revokes_with_a_button(
    app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    bob = make_user("bob")
    client = log_in(make_user("ada", ["admin"]))
    answer = change(client, bob, "grant", "author")
    assert (answer.status_code, answer.location) == (303, f"/admin/user/{bob.id}")
    page = client.get(answer.location, headers=BROWSER).text
    assert "Granted the role author." in page
    assert "Revoke<span" in page
    assert change(client, bob, "revoke", "author").status_code == 303
    with app.app_context():
        assert [row[2:] for row in queries.changes()[0][:2]] == [
            ("page", "ada", "revoke", "bob", "author"),
            ("page", "ada", "grant", "bob", "author"),
        ]


def test_making_an_admin_asks_once_more(make_user: MakeUser, log_in: LogIn) -> None:
    ada, bob = make_user("ada", ["admin"]), make_user("bob")
    page = log_in(ada).get(f"/admin/user/{bob.id}", headers=BROWSER).text
    closed = re.search("<details>(.*)</details>", page, re.DOTALL)
    assert closed
    assert "bob will be able to do everything here" in closed[1]
    assert 'value="admin"' in closed[1]
    assert page.count('value="admin"') == 1  # no other button makes an admin


def test_each_role_has_a_sentence(
    app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    ada = make_user("ada", ["admin"])
    with app.app_context():
        roles = list(db.session.scalars(select(Role.name)))
    for path in (f"/admin/user/{ada.id}", "/admin/role"):
        page = log_in(ada).get(path, headers=BROWSER).text
        told = re.findall(r'(?:<span class="about">|<dd>)([A-Z].+?\.)<', page)
        assert len(told) == len(roles) - (path != "/admin/role")  # reader has no row


def test_a_button_of_another_site_changes_nothing(
    app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    ada, bob = make_user("ada", ["admin"]), make_user("bob")
    client = log_in(ada)
    assert change(client, bob, "grant", "author", csrf_token="").status_code == 400
    assert change(client, bob, "grant", "author", csrf_token="x").status_code == 400
    form = {"action": "grant", "role": "author"}
    answer = client.post(
        f"/admin/user/{bob.id}/role",
        data=form,
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    with app.app_context():
        assert len(queries.changes()[0]) == 1


@pytest.mark.parametrize(
    ("action", "role", "status"),
    [
        ("grant", "king", 404),
        ("grant", "reader", 404),
        ("grant", "", 422),
        ("grant", "\0", 404),
        ("dance", "author", 422),
        ("", "author", 422),
    ],
)
def test_what_makes_no_sense_is_refused(
    both: str, make_user: MakeUser, log_in: LogIn, action: str, role: str, status: int
) -> None:
    bob = make_user("bob")
    client = log_in(make_user("ada", ["admin"]))
    assert change(client, bob, action, role).status_code == status


def test_the_last_admin_stays_also_here(make_user: MakeUser, log_in: LogIn) -> None:
    ada = make_user("ada", ["admin"])
    answer = change(log_in(ada), ada, "revoke", "admin")
    assert answer.status_code == 409
    assert "Make somebody else an admin first." in answer.text


def test_a_role_that_is_taken_away_closes_the_page_at_once(
    app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    mod = make_user("mod", ["moderator"])
    client = log_in(mod)
    assert client.get("/admin/").status_code == 200
    with app.app_context():
        domain.revoke(mod.id, "moderator")
    assert client.get("/admin/").status_code == 403


def test_a_moderator_sees_users_but_no_buttons(
    make_user: MakeUser, log_in: LogIn
) -> None:
    bob = make_user("bob", ["author"])
    client = log_in(make_user("mod", ["moderator"]))
    page = client.get(f"/admin/user/{bob.id}", headers=BROWSER).text
    assert "<h1>bob</h1>" in page
    assert 'name="action"' not in page
    assert "audit" not in page


PATHS = ["/admin/", "/admin/?q=a", "/admin/role", "/admin/audit", "/admin/user/1"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_each_page_costs_two_queries(
    make_user: MakeUser,
    log_in: LogIn,
    statements: list[str],
    path: str,
    accept: str,
) -> None:
    client = log_in(make_user("ada", ["admin"]))
    statements.clear()
    assert client.get(path, headers={"Accept": accept}).status_code == 200
    assert len(statements) == 2


@pytest.mark.parametrize("path", PATHS)
def test_each_page_is_valid_html(make_user: MakeUser, log_in: LogIn, path: str) -> None:
    client = log_in(make_user("ada", ["admin"]))
    page = client.get(path, headers=BROWSER).text
    html5lib.HTMLParser(strict=True).parse(page)


def test_programs_get_json(make_user: MakeUser, log_in: LogIn) -> None:
    ada = make_user("ada", ["admin"])
    answer = log_in(ada).get("/admin/")
    assert answer.json == {
        "next_after": "",
        "q": "",
        "users": [
            {
                "id": ada.id,
                "name": "ada",
                "created_at": ada.created_at.isoformat(),
                "roles": ["admin"],
            }
        ],
    }


def test_long_lists_go_on_on_another_page(
    both: str, app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    users = [make_user(f"user{n:03}", ["author"]) for n in range(queries.PAGE)]
    client = log_in(make_user("ada", ["admin"]))
    first = client.get("/admin/").json
    assert [len(first["users"]), first["next_after"]] == [queries.PAGE, "user048"]
    rest = client.get(f"/admin/?after={first['next_after']}").json
    assert [user["name"] for user in rest["users"]] == ["user049"]
    assert rest["next_after"] == ""
    newest = client.get("/admin/audit").json
    assert len(newest["changes"]) == queries.PAGE
    older = client.get(f"/admin/audit?before={newest['next_before']}").json
    assert [change["user"] for change in older["changes"]] == ["user000"]
    assert older["next_before"] is None
    own = client.get(f"/admin/audit?user={users[7].id}").json
    assert [change["user"] for change in own["changes"]] == ["user007"]


def test_names_are_found_by_their_beginning(make_user: MakeUser, log_in: LogIn) -> None:
    make_user("bob")
    make_user("bo_b")
    client = log_in(make_user("ada", ["admin"]))
    for q, names in {
        "BO": ["bo_b", "bob"],
        "bo_": ["bo_b"],
        "%": [],
        "ob": [],
    }.items():
        found = client.get("/admin/", query_string={"q": q}).json["users"]
        assert [user["name"] for user in found] == names


@pytest.mark.parametrize(
    "path",
    [
        "/admin/?q=%00",
        "/admin/?after=" + "a" * 65,
        "/admin/audit?before=x",
        "/admin/audit?before=-1",
        "/admin/audit?user=99999999999999999999",
        "/admin/audit?user=%D9%A3",
    ],
)
def test_a_parameter_without_a_meaning_is_named(
    both: str, make_user: MakeUser, log_in: LogIn, path: str
) -> None:
    answer = log_in(make_user("ada", ["admin"])).get(path)
    assert answer.status_code == 400
    assert answer.json["detail"].startswith(path.split("?")[1].split("=")[0])


def test_an_id_beyond_the_column_is_no_crash(
    both: str, make_user: MakeUser, log_in: LogIn
) -> None:
    client = log_in(make_user("ada", ["admin"]))
    for number in (0, 2**31 - 1, 2**31, 2**63, 10**30):
        assert client.get(f"/admin/user/{number}").status_code == 404


def test_markup_in_a_name_is_text(make_user: MakeUser, log_in: LogIn) -> None:
    make_user("<i>bob</i>")
    page = log_in(make_user("ada", ["admin"])).get("/admin/", headers=BROWSER).text
    assert "<i>bob" not in page
    assert "&lt;i&gt;bob" in page


def test_a_stranger_with_a_browser_is_asked_to_log_in(client: FlaskClient) -> None:
    answer = client.get("/admin/", headers=BROWSER)
    assert answer.status_code == 303
    assert answer.location.startswith("/login?next=")
    assert client.get("/admin/").status_code == 401


def test_a_link_leads_here_for_those_who_may(
    make_user: MakeUser, log_in: LogIn
) -> None:
    for name, roles, shown in [("mod", ["moderator"], True), ("bob", [], False)]:
        page = log_in(make_user(name, roles)).get("/", headers=BROWSER).text
        assert ('href="/admin/"' in page) == shown


def test_a_token_may_what_its_user_may(
    client: FlaskClient, make_user: MakeUser, statements: list[str]
) -> None:
    for name, roles, status in [("mod", ["moderator"], 200), ("bob", [], 403)]:
        user = make_user(name, roles)
        pair = client.post("/user/token", auth=(user.name, PASSWORD)).json
        bearer = {"Authorization": f"Bearer {pair['access_token']}"}
        statements.clear()
        assert client.get("/admin/", headers=bearer).status_code == status
        assert len(statements) <= 2


def test_the_last_admin_cannot_delete_the_account(
    make_user: MakeUser, log_in: LogIn
) -> None:
    client = log_in(make_user("ada", ["admin"]))
    page = client.get("/account", headers=BROWSER).text
    token = TOKEN.search(page)
    assert token
    form = {"csrf_token": token[1], "delete_password": PASSWORD}
    answer = client.post("/account", data=form, headers=BROWSER)
    assert 400 <= answer.status_code < 500
    assert "Make somebody else an admin first." in answer.text
    assert client.get("/user/me").status_code == 200
