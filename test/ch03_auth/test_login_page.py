"""A browser registers, logs in and out by pages, with nothing but their forms."""

from collections.abc import Callable
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps.user.models import User

PASSWORD = "correct horse battery"


class Inputs(HTMLParser):
    """Reads the fields of a page: their names, and what they hold."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.values: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an input's value."""
        told = dict(attrs)
        if tag == "input" and told.get("name"):
            self.values[str(told["name"])] = told.get("value") or ""


def register(client: FlaskClient, password: str) -> TestResponse:
    """Fill in the form to register as a browser does for ada, and send it."""
    fields = Inputs(client.get("/register").text).values
    assert {"name", "email", "password"} <= set(fields)
    told = {"name": "ada", "email": "ada@example.org", "password": password}
    page = {"Accept": "text/html"}
    return client.post("/register", data={**fields, **told}, headers=page)


def send(client: FlaskClient, password: str) -> TestResponse:
    """Fill in the form to log in for ada, and send it."""
    fields = Inputs(client.get("/login").text).values
    assert {"name", "password"} <= set(fields)
    return client.post("/login", data={**fields, "name": "ada", "password": password})


def test_a_browser_registers_by_a_page_and_may_then_log_in(
    browser: Callable[[], FlaskClient],
) -> None:
    client = browser()
    answer = register(client, PASSWORD)
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    assert send(browser(), PASSWORD).status_code == 303


def test_a_weak_password_registers_nobody_and_the_page_says_why(
    browser: Callable[[], FlaskClient],
) -> None:
    answer = register(browser(), "password123")
    assert answer.status_code == 422
    assert answer.mimetype == "text/html"
    assert "password is too common" in answer.text.lower()
    assert send(browser(), "password123").status_code in (401, 422)


def test_a_name_that_is_taken_registers_nobody_and_the_page_says_why(
    browser: Callable[[], FlaskClient],
) -> None:
    register(browser(), PASSWORD)
    answer = register(browser(), PASSWORD)
    assert answer.status_code in (409, 422)
    assert answer.mimetype == "text/html"
    assert "is taken" in answer.text


def test_a_browser_logs_in_by_the_page(
    make_user: Callable[..., User], browser: Callable[[], FlaskClient]
) -> None:
    make_user()
    client = browser()
    assert send(client, PASSWORD).status_code == 303
    assert client.get("/user/me").json["name"] == "ada"


def test_a_browser_logs_out_by_a_button(
    make_user: Callable[..., User], browser: Callable[[], FlaskClient]
) -> None:
    make_user()
    client = browser()
    send(client, PASSWORD)
    fields = Inputs(client.get("/login").text).values
    assert client.post("/logout", data=fields).status_code == 303
    assert "ada" not in client.get("/user/me").text


def test_a_wrong_password_logs_nobody_in(
    make_user: Callable[..., User], browser: Callable[[], FlaskClient]
) -> None:
    make_user()
    client = browser()
    assert 400 <= send(client, "a wrong guess").status_code < 500
    assert client.get("/user/me").status_code == 401


def test_another_sites_page_can_not_log_a_browser_in(
    make_user: Callable[..., User], browser: Callable[[], FlaskClient]
) -> None:
    make_user()
    client = browser()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    assert send(client, PASSWORD).status_code == 403


def test_another_sites_page_can_not_register_anybody(
    browser: Callable[[], FlaskClient],
) -> None:
    client = browser()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    assert register(client, PASSWORD).status_code == 403


def test_the_form_to_register_takes_no_json(browser: Callable[[], FlaskClient]) -> None:
    told = {"name": "ada", "email": "ada@example.org", "password": PASSWORD}
    assert browser().post("/register", json=told).status_code == 415
