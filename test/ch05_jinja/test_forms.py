"""Accounts in a browser: forms that only we can send, and that say what is wrong."""

import html
import io
import re
import time
from collections.abc import Callable
from pathlib import Path  # chapter 7

import pytest
from flask import Flask, flash, render_template_string
from flask.testing import FlaskClient
from redis import Redis  # chapter 7
from sqlalchemy import event, inspect, select, text, update
from werkzeug.test import TestResponse

from apps import create_app
from apps.store.database import db
from apps.user import domain
from apps.user.models import User
from apps.user.signals import user_deleted

PASSWORD = "correct horse battery"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PAGES = ["/register", "/login", "/account"]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

Browser = Callable[[], FlaskClient]
LogIn = Callable[[str], FlaskClient]
MakeUser = Callable[..., User]


@pytest.fixture
def browser(browser: Browser) -> Browser:
    """Make a client that asks for pages."""

    def make() -> FlaskClient:
        client = browser()
        client.environ_base["HTTP_ACCEPT"] = BROWSER
        return client

    return make


def token(client: FlaskClient, page: str = "/login") -> str:
    """Read the token that a page's forms carry."""
    answer = client.get(page)
    found = TOKEN.search(answer.text)
    assert found, answer.status
    return found[1]


def send(client: FlaskClient, path: str, /, **fields: str) -> TestResponse:
    """Fill a form in and send it."""
    page = "/login" if path == "/logout" else path.partition("?")[0]
    fields.setdefault("csrf_token", token(client, page))
    return client.post(path, data=fields)


def reader(client: FlaskClient) -> str | None:
    """Say who is logged in."""
    answer = client.get("/user/me", headers={"Accept": "application/json"})
    name: str | None = answer.json.get("name") if answer.json else None
    return name


def fault_at(answer: TestResponse, field: str) -> str:
    """Read what is wrong with a field: it stands in the notes that describe it."""
    said = re.search(
        rf'id="{field}_notes">\s*<span class="wrong">([^<]*)<', answer.text
    )
    return html.unescape(said[1]) if said else ""


def registration(**other: str) -> dict[str, str]:
    return {
        "name": "Ada",
        "email": "Ada@Example.org",
        "password": PASSWORD,
        **other,
    }


@pytest.mark.parametrize("field", ["name", "email", "password"])
def test_a_long_text_in_a_form_is_refused_before_it_is_folded(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """Unicode's order for many accents on one letter takes long to find."""
    folded: list[str] = []

    def normalize(_: str, text: str) -> str:
        folded.append(text)
        return text

    monkeypatch.setattr("unicodedata.normalize", normalize)
    marks = "a" + "\u0345\u0334" * 600
    answer = send(browser(), "/register", **registration(**{field: marks}))
    assert answer.status_code == 422
    assert "is too long." in answer.text
    assert not any("\u0345" in text for text in folded)


def test_a_form_may_stay_open_as_long_as_the_session(
    browser: Browser, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user("ada")
    client = browser()
    old = token(client)
    later = time.time() + 13 * 24 * 60 * 60
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    answer = send(client, "/login", name="ada", password=PASSWORD, csrf_token=old)
    assert answer.status_code == 303


def test_a_reader_registers_and_is_logged_in(browser: Browser) -> None:
    client = browser()
    answer = send(client, "/register", **registration())
    assert (answer.status_code, answer.location) == (303, "/chapter/")
    assert reader(client) == "ada"
    assert "Welcome, ada." in client.get("/").text
    assert "Welcome, ada." not in client.get("/").text


@pytest.mark.parametrize(
    ("other", "field", "reason"),
    [
        ({"name": ""}, "name", "is missing"),
        ({"name": "a b"}, "name", "Name must not contain spaces"),
        ({"name": "a\x00b"}, "name", "must not contain spaces, control"),
        ({"name": "x" * 100}, "name", "at most 64"),
        ({"email": "ada"}, "email", "Email address must look like"),
        ({"password": ""}, "password", "is missing"),
        ({"password": "short"}, "password", "at least 8"),
        ({"password": "x" * 200}, "password", "at most 128"),
        ({"password": "password123"}, "password", "Password is too common"),
        ({"name": "eve"}, "name", "is taken"),
        ({"name": "EVE"}, "name", "is taken"),
        ({"email": "EVE@example.org"}, "email", "is taken"),
    ],
)
def test_a_refusal_stands_at_its_field(
    browser: Browser,
    make_user: MakeUser,
    other: dict[str, str],
    field: str,
    reason: str,
) -> None:
    make_user("eve")
    client = browser()
    answer = send(client, "/register", **registration(**other))
    assert answer.status_code == 422
    assert reason in fault_at(answer, field)
    tag = re.search(rf'<input [^>]*id="{field}"[^>]*>', answer.text)
    assert tag is not None
    assert 'aria-invalid="true"' in tag[0]
    assert f'aria-describedby="{field}_notes"' in tag[0]
    assert reader(client) is None


def test_a_refused_form_keeps_what_was_typed_but_no_password(browser: Browser) -> None:
    sent = registration(name='"><script>', email="nowhere")
    answer = send(browser(), "/register", **sent)
    assert 'value="nowhere"' in answer.text
    assert "<script>" not in answer.text.replace("<script src", "")
    assert PASSWORD not in answer.text


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org"])
def test_a_reader_logs_in_by_name_or_address(
    browser: Browser, make_user: MakeUser, name: str
) -> None:
    make_user("ada")
    client = browser()
    answer = send(client, "/login", name=name, password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/chapter/")
    assert reader(client) == "ada"


def test_nobody_and_a_wrong_password_look_the_same(
    browser: Browser, make_user: MakeUser
) -> None:
    make_user("ada")
    pages = []
    for name in ("ada", "eve"):
        answer = send(browser(), "/login", name=name, password="not this one")
        assert answer.status_code == 422
        assert "The name or the password is wrong." in answer.text
        pages.append(TOKEN.sub("", answer.text).replace(f'value="{name}"', ""))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("wrong", ["", "x", "\u00e9", "other"])
@pytest.mark.parametrize("path", ["/register", "/login", "/logout", "/account"])
def test_a_form_that_is_not_ours_is_400(
    browser: Browser, make_user: MakeUser, log_in: LogIn, path: str, wrong: str
) -> None:
    make_user("ada")
    client = log_in("ada")
    client.environ_base["HTTP_ACCEPT"] = BROWSER
    csrf = token(browser()) if wrong == "other" else wrong
    answer = send(client, path, **registration(name="eve"), csrf_token=csrf)
    assert answer.status_code == 400
    assert "This form has expired." in answer.text
    assert reader(client) == "ada"


@pytest.mark.parametrize(
    ("secure", "origin", "advice"),
    [
        (False, "http://localhost", "allow cookies for this site."),
        (True, "http://localhost", "open it with https:// instead of http://."),
        (True, "https://localhost", "allow cookies for this site."),
    ],
)
@pytest.mark.parametrize("path", ["/register", "/login"])
def test_a_cookie_that_did_not_come_back_is_said(
    settings: dict[str, object], path: str, secure: bool, origin: str, advice: str
) -> None:
    app = create_app(
        {**settings, "SESSION_COOKIE_SECURE": secure, "PUBLIC_URL": origin}
    )
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_ACCEPT"] = BROWSER
    told = {"csrf_token": token(client, path), **registration()}
    answer = client.post(path, data=told, headers={"Origin": origin})
    assert answer.status_code == 400
    said = html.unescape(answer.text)
    assert "did not send this site's cookie back" in said
    assert advice in said
    assert "expired" not in said


@pytest.mark.parametrize("path", ["/register", "/login", "/logout", "/account"])
def test_a_form_on_a_foreign_page_is_403(app: Flask, log_in: LogIn, path: str) -> None:
    client = app.test_client()
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert client.post(path, data={"x": "y"}, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/register", "/login", "/logout", "/account"])
@pytest.mark.parametrize("authorization", [None, "Bearer x"])
def test_json_is_no_form(
    client: FlaskClient, path: str, authorization: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    for body in ([1], {"name": "ada"}):
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code == 415


def test_a_file_is_no_field(browser: Browser, make_user: MakeUser) -> None:
    make_user("ada")
    client = browser()
    files = {
        "csrf_token": token(client),
        "name": (io.BytesIO(b"ada"), "ada.txt"),
        "password": PASSWORD,
    }
    assert client.post("/login", data=files).status_code == 422


def test_the_token_is_renewed_at_log_in(browser: Browser, make_user: MakeUser) -> None:
    make_user("ada")
    client = browser()
    old = token(client)
    answer = send(client, "/login", name="ada", password=PASSWORD, csrf_token=old)
    assert answer.status_code == 303
    answer = send(client, "/logout", csrf_token=old)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "wanted",
    ["/account", "/chapter/two?x=1&y=%2F%2Fz", "/chapter/caf\u00e9", "/"],
)
@pytest.mark.parametrize("path", ["/login", "/register"])
def test_next_leads_on_inside_the_site(
    browser: Browser, make_user: MakeUser, path: str, wanted: str
) -> None:
    make_user("eve")
    sent = registration(name="eve" if path == "/login" else "ada")
    client = browser()
    sent["csrf_token"] = token(client, path)
    answer = client.post(path, query_string={"next": wanted}, data=sent)
    assert answer.status_code == 303
    assert answer.location == wanted.replace("\u00e9", "%C3%A9")


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "https://evil.example/",
        "HTTPS:evil.example",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "\\/evil.example/",
        "/\t/evil.example/",
        "\t//evil.example/",
        " //evil.example/",
        "/\n/evil.example/",
        "/\x00/evil.example/",
        "/x\r\nSet-Cookie: a=b",
        "/x\\y",
        "javascript:alert(1)",
        "evil.example",
        "@evil.example",
        "/" + "x" * 1001,  # a proxy fails where an answer's headers are long
        "?next=/",
        "http://localhost/account",
    ],
)
@pytest.mark.parametrize("place", ["query", "form"])
def test_next_leads_nowhere_else(
    browser: Browser, make_user: MakeUser, wanted: str, place: str
) -> None:
    make_user("ada")
    client = browser()
    sent = {"name": "ada", "password": PASSWORD, "csrf_token": token(client)}
    query = {"next": wanted} if place == "query" else {}
    answer = client.post(
        "/login", query_string=query, data=sent | ({} if query else {"next": wanted})
    )
    assert (answer.status_code, answer.location) == (303, "/chapter/")


def test_a_browser_without_a_session_is_sent_to_log_in(browser: Browser) -> None:
    client = browser()
    answer = client.get("/account?x=1")
    assert answer.status_code == 303
    assert answer.location == "/login?next=/account?x%3D1"
    assert client.get(answer.location).status_code == 200
    assert client.head("/account?x=1").location == answer.location
    answer = client.post("/account", data={"name": "eve"})
    assert (answer.status_code, answer.location) == (303, "/login")
    assert client.get("/user/me").location == "/login?next=/user/me"


def test_and_comes_back_after_log_in(browser: Browser, make_user: MakeUser) -> None:
    make_user("ada")
    client = browser()
    asked = client.get("/account?x=1").location
    csrf = token(client, asked)
    sent = {"name": "ada", "password": PASSWORD, "csrf_token": csrf}
    assert client.post(asked, data=sent).location == "/account?x=1"
    linked = re.search('href="(/register[^"]*)"', browser().get(asked).text)
    assert linked is not None
    assert html.unescape(linked[1]) == "/register?next=/account?x%3D1"


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
@pytest.mark.parametrize("path", ["/account", "/user/me"])
def test_a_program_without_a_session_gets_401(
    client: FlaskClient, accept: str | None, path: str
) -> None:
    answer = client.get(path, headers={"Accept": accept} if accept else {})
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def test_so_does_a_browser_that_sends_a_token(browser: Browser) -> None:
    answer = browser().get("/account", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers


def test_log_out_is_a_button(
    browser: Browser, make_user: MakeUser, log_in: LogIn
) -> None:
    make_user("ada")
    client = log_in("ada")
    client.environ_base["HTTP_ACCEPT"] = BROWSER
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert client.get("/logout").status_code == 405
    assert reader(client) == "ada"
    answer = send(client, "/logout")
    assert (answer.status_code, answer.location) == (303, "/chapter/")
    assert reader(client) is None
    thief = browser()
    thief.set_cookie("session", cookie.value)
    assert reader(thief) is None


@pytest.fixture
def ada(make_user: MakeUser, log_in: LogIn) -> FlaskClient:
    """The browser of a reader called ada, who is logged in."""
    make_user("ada")
    client = log_in("ada")
    client.environ_base["HTTP_ACCEPT"] = BROWSER
    return client


def test_a_new_name(ada: FlaskClient, app: Flask) -> None:
    answer = send(ada, "/account", name="Countess")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert reader(ada) == "countess"
    with app.app_context():
        user = domain.find("countess")
        assert user is not None
        assert user.email == "ada@example.org"
        assert domain.find("ada") is None


def test_a_new_address_asks_for_the_password(ada: FlaskClient, app: Flask) -> None:
    for password in ("", "not this one"):
        answer = send(ada, "/account", name="x", email="x@y.org", password=password)
        assert answer.status_code == 422
        assert fault_at(answer, "password")
    with app.app_context():
        assert domain.find("x@y.org") is None
    assert reader(ada) == "ada"
    answer = send(ada, "/account", name="ada", email="X@y.org", password=PASSWORD)
    assert answer.status_code == 303
    with app.app_context():
        assert domain.find("x@y.org") is not None


def test_the_same_address_asks_for_nothing(ada: FlaskClient) -> None:
    answer = send(ada, "/account", name="eve", email="ADA@example.org", password="")
    assert answer.status_code == 303
    assert reader(ada) == "eve"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": "EVE"}, "name"),
        ({"email": "eve@example.org", "password": PASSWORD}, "email"),
        ({"name": ""}, "name"),
        ({"name": "a:b"}, "name"),
        ({"email": ""}, "email"),
        ({"email": "a b@c", "password": PASSWORD}, "email"),
    ],
)
def test_a_bad_name_or_address_changes_nothing(
    ada: FlaskClient, make_user: MakeUser, sent: dict[str, str], field: str
) -> None:
    make_user("eve")
    answer = send(ada, "/account", **sent)
    assert answer.status_code == 422
    assert fault_at(answer, field)
    assert ">ada</a>" in answer.text
    assert reader(ada) == "ada"


def test_a_new_password_logs_all_others_out(ada: FlaskClient, log_in: LogIn) -> None:
    other = log_in("ada")
    new = "another fine engine"
    answer = send(ada, "/account", old_password=PASSWORD, new_password=new)
    assert (answer.status_code, answer.location) == (303, "/account")
    assert reader(ada) == "ada"
    assert reader(other) is None
    answer = send(other, "/login", name="ada", password=new)
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", "another fine engine", "old_password"),
        ("", "another fine engine", "old_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "", "new_password"),
    ],
)
def test_a_bad_change_of_password_is_refused(
    ada: FlaskClient, old: str, new: str, field: str
) -> None:
    answer = send(ada, "/account", old_password=old, new_password=new)
    assert answer.status_code == 422
    assert fault_at(answer, field)


def test_deletion_asks_for_the_password(ada: FlaskClient) -> None:
    for password in ("", "not this one"):
        answer = send(ada, "/account", delete_password=password)
        assert answer.status_code == 422
        assert fault_at(answer, "delete_password")
    assert reader(ada) == "ada"


def test_a_deleted_account_is_nowhere(
    both: str, app: Flask, make_user: MakeUser, log_in: LogIn, browser: Browser
) -> None:
    number = 1_918_273_645
    make_user("ada")
    make_user("eve")
    with app.app_context():
        db.session.execute(update(User).where(User.name == "ada").values(id=number))
        db.session.commit()
    ada, other = log_in("ada"), log_in("ada")
    ada.environ_base["HTTP_ACCEPT"] = BROWSER
    app.test_client().post("/user/token", auth=("ada", PASSWORD))
    assert str(number) in stored(app)
    # region chapter 7: progress
    form = {"csrf_token": token(ada, "/account"), "part": "one/", "read": "yes"}
    assert ada.post("/progress", data=form).status_code == 303
    assert str(number) in stored_in_redis(app)
    # endregion progress
    # region chapter 7: files
    from apps.file import domain as files
    from apps.file.models import NewFile
    from apps.permission import domain as permissions

    with app.app_context():
        permissions.grant(number, "author")
        user = db.session.get(User, number)
        assert user
        files.store(user, NewFile("a.txt", "text/plain", 3), io.BytesIO(b"one"))
    assert "a.txt" in stored(app)
    assert len(files_of(app)) == 1
    # endregion files
    heard = []
    with user_deleted.connected_to(lambda user: heard.append(user.id)):
        answer = send(ada, "/account", delete_password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/chapter/")
    assert heard == [number]
    assert "Your account has been deleted." in ada.get("/").text
    for trace in (str(number), "ada", "ada@example.org"):
        assert trace not in stored(app)
        assert trace not in stored_in_redis(app)  # chapter 7
    assert files_of(app) == []  # chapter 7
    assert "eve" in stored(app)
    assert reader(ada) is None
    assert reader(other) is None
    answer = send(browser(), "/login", name="ada", password=PASSWORD)
    assert answer.status_code == 422


# region chapter 7: bytes
def files_of(app: Flask) -> list[str]:
    """Name all bytes that the folder for files holds."""
    folder = Path(app.instance_path, "files")
    return [path.name for path in folder.rglob("*") if path.is_file()]


# endregion bytes
def stored(app: Flask) -> set[str]:
    """Read every value that the database holds."""
    with app.app_context():
        quoted = db.engine.dialect.identifier_preparer.quote
        tables = [quoted(name) for name in inspect(db.engine).get_table_names()]
        return {
            str(value)
            for table in tables
            for row in db.session.execute(select(text("*")).select_from(text(table)))
            for value in row
        }


# region chapter 7: redis
def stored_in_redis(app: Flask) -> str:
    """Read every key that Redis holds, and its value."""
    url = app.config["REDIS_URL"]
    with Redis.from_url(url, decode_responses=True) as redis:
        read = {
            "hash": redis.hgetall,
            "set": redis.smembers,
            "string": redis.get,
            "zset": lambda key: redis.zrange(key, 0, -1),
        }
        found = " ".join(
            f"{key} {read[redis.type(key)](key)}" for key in redis.scan_iter()
        )
        return re.sub("[0-9a-f]{32,}", "", found)  # hashes hold any three letters


# endregion redis
def test_a_page_asks_the_database_twice_at_most(app: Flask, ada: FlaskClient) -> None:
    queries: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(*args: object) -> None:
        queries.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", note)
    for page in ("/", "/account"):
        queries.clear()
        assert ada.get(page).status_code == 200
        assert 0 < len(queries) <= 2
    queries.clear()
    for page in ("/", "/login", "/register"):
        assert app.test_client().get(page).status_code == 200
    assert not queries
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", PAGES)
def test_a_cache_is_told_that_a_page_with_a_form_depends_on_the_cookie(
    ada: FlaskClient, path: str
) -> None:
    assert "Cookie" in ada.get(path).vary


@pytest.mark.parametrize("path", PAGES)
def test_ids_are_unique_and_every_field_has_a_label(
    ada: FlaskClient, path: str
) -> None:
    page = ada.get(path).text
    ids = re.findall(r'\sid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    for field in re.findall(r'<input (?![^>]*type="hidden")[^>]*id="([^"]*)"', page):
        assert f'for="{field}"' in page


def test_what_a_view_flashes_is_shown_once_and_escaped(app: Flask) -> None:
    with app.test_request_context("/"):
        flash("Well <done>", "success")
        source = (
            '{% extends "base.html" %}{% block title %}x{% endblock %}'
            "{% block main %}{% endblock %}"
        )
        page = render_template_string(source)
    assert '<p class="flash success" role="status">Well &lt;done&gt;</p>' in page
