"""The app below a path: whatever its answers name leads to an answer of the app."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from apps import create_app
from apps.user.models import User

MOUNT = "/room"
PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
STARTS = ["/", "/nowhere", "/login?next=/account", "/search?q=second", "/account"]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\x20\0\0\0\x10" + b"\x08\x06"
TEXT = """# Chapter 2: The second

[back](../01-one/README.md#x), [on](2-more.md), [try](exercises/try/README.md), and

![a phone](phone.png)
"""
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
CURRENT = re.compile(r'href="([^"]*)"[^>]* aria-current="page"')
URL = re.compile(r'"url": *"([^"]+)"')


def refuse(*_: object) -> None:
    """Stand for whatever else the server has beside the app."""
    pytest.fail("the app was not asked: the address is outside of it")


@pytest.fixture(scope="module")
def make_app() -> Callable[[Mapping[str, object]], Flask]:
    """Build the app below MOUNT, as gunicorn with SCRIPT_NAME serves it."""

    def make(settings: Mapping[str, object]) -> Flask:
        app = create_app(settings)
        below = {MOUNT: app.wsgi_app}
        app.wsgi_app = DispatcherMiddleware(refuse, below)  # type: ignore
        return app

    return make


@pytest.fixture
def log_in(app: Flask) -> Callable[[User | None], FlaskClient]:
    """Log a user in by the form, in a browser of its own; None is a stranger's."""

    def browser(user: User | None) -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        if user:
            answer = send(client, f"{MOUNT}/login?next=/account?x=1", user.name)
            assert answer == f"{MOUNT}/account?x=1"
            assert client.get(answer, headers=PAGE).status_code == 200
        return client

    return browser


def send(client: FlaskClient, address: str, name: str) -> str | None:
    """Fill the log-in form of a page in; return where its answer leads."""
    found = TOKEN.search(client.get(address, headers=PAGE).text)
    assert found
    form = {"csrf_token": found[1], "name": name, "password": "plover lantern quince"}
    return client.post(address, data=form, headers=PAGE).location


def named(address: str, page: str) -> Iterator[tuple[str, bool]]:
    """Give the addresses that a page names, and whether a form is sent there."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for element in tree.iter():
        sent = element.tag == "form" and element.get("method") == "post"
        for key in ("href", "src", "action", "srcset", "formaction", "data"):
            if key in element.keys():  # noqa: SIM118 - an element is a list, too
                yield urljoin(address, element.get(key)), sent


def crawl(client: FlaskClient) -> set[str]:
    """Ask for all that is named, from STARTS on; return the paths without MOUNT."""
    seen: set[str] = set()
    waiting = [MOUNT + start for start in STARTS]
    while waiting:
        address = waiting.pop().partition("#")[0]
        if address in seen:
            continue
        seen.add(address)
        assert address.startswith(f"{MOUNT}/"), address
        answer = client.get(address, headers=PAGE, buffered=True)
        assert answer.status_code < 400 or address.endswith("/nowhere"), address
        if answer.location:
            waiting.append(urljoin(address, answer.location))
        elif answer.mimetype == "text/html":
            for found, sent in named(address, answer.text):
                if sent:  # without its token it is refused, but known
                    assert client.post(found, data={}).status_code != 404, found
                else:
                    waiting.append(found)
            as_json = client.get(address, headers={"Accept": "application/json"})
            waiting += URL.findall(as_json.text)
        elif answer.mimetype == "text/css":
            waiting += [
                urljoin(address, found)
                for found in re.findall(r"url\([\"']?(?!data:)([^\"')]+)", answer.text)
            ]
    return {urlsplit(address).path.removeprefix(MOUNT) for address in seen}


@pytest.mark.parametrize("who", ["stranger", "reader", "admin"])
def test_all_that_a_page_names_is_below_the_mount(
    who: str,
    chapters: Path,
    make_user: Callable[..., User],
    log_in: Callable[[User | None], FlaskClient],
) -> None:
    two = chapters / "02-two"
    (two / "exercises" / "try").mkdir(parents=True)
    (two / "exercises" / "try" / "README.md").write_text("# Try it\n\nText.\n", "utf-8")
    (two / "README.md").write_text(TEXT, encoding="utf-8")
    for name in ("phone.png", "phone-dark.png"):
        (two / name).write_bytes(PNG)
    roles = ["admin"] if who == "admin" else []
    user = None if who == "stranger" else make_user("ada", roles)
    found = crawl(log_in(user))
    assert {"/chapter/two/2-more", "/chapter/two/exercises/try"} <= found
    assert {"/chapter/two/phone-dark.png", "/static/book.css"} <= found
    assert ("/admin/audit" in found) == (who == "admin")


def test_a_stranger_comes_back_to_the_page_below_the_mount(
    make_user: Callable[..., User], log_in: Callable[[User | None], FlaskClient]
) -> None:
    make_user("ada")
    client = log_in(None)
    asked = client.get(f"{MOUNT}/account?x=1", headers=PAGE).location
    assert asked.startswith(f"{MOUNT}/login?")
    assert send(client, asked, "ada") == f"{MOUNT}/account?x=1"


@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example/", ""])
def test_next_leads_nowhere_else(
    wanted: str,
    make_user: Callable[..., User],
    log_in: Callable[[User | None], FlaskClient],
) -> None:
    make_user("ada")
    location = send(log_in(None), f"{MOUNT}/login?next={wanted}", "ada")
    assert location == f"{MOUNT}/chapter/"


@pytest.mark.parametrize("path", ["/login", "/search", "/chapter/two/2-more"])
def test_a_link_knows_its_own_page_below_the_mount(
    client: FlaskClient, path: str
) -> None:
    page = client.get(MOUNT + path, headers=PAGE).text
    assert CURRENT.findall(page) == [MOUNT + path]


def test_an_error_names_the_whole_path(client: FlaskClient) -> None:
    answer = client.get(f"{MOUNT}/nowhere")
    assert answer.json
    assert answer.json["instance"] == f"{MOUNT}/nowhere"


def test_nobody_can_mount_the_app_by_a_header(settings: dict[str, object]) -> None:
    client = create_app({**settings, "PROXIES": 1}).test_client()
    sent = {**PAGE, "X-Forwarded-Prefix": "/evil", "X-Script-Name": "/evil"}
    assert "/evil" not in client.get("/", headers=sent).text
