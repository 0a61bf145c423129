"""The frame of all pages: who reads them, what just happened, and nothing unescaped."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PATHS = ["/", "/chapter/two", "/login", "/register"]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

Browser = Callable[[], FlaskClient]
LogIn = Callable[[str], FlaskClient]
MakeUser = Callable[..., object]


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers={"Accept": BROWSER})
    assert answer.status_code == 200
    return answer.text


def bar(client: FlaskClient, path: str) -> str:
    """Read what stands in the bar of a page."""
    found = re.search(
        "<header class=.bar.>.*?<nav.*?>(.*?)</nav>", read(client, path), re.S
    )
    assert found, "the page has no bar"
    return found[1]


def send(client: FlaskClient, path: str, **fields: str) -> str:
    """Send a form with the token of its page, if it has one, and read the answer."""
    page = read(client, "/login" if path == "/logout" else path)
    if token := TOKEN.search(page):
        fields["csrf_token"] = token[1]
    form = {"Accept": BROWSER, "Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post(path, data=fields, headers=form)
    assert answer.status_code in (303, 422)
    return answer.text


@pytest.mark.parametrize("path", PATHS)
def test_every_page_says_who_reads_it(
    browser: Browser, make_user: MakeUser, log_in: LogIn, path: str
) -> None:
    make_user("ada")
    stranger = bar(browser(), path)
    assert "Log in" in stranger
    assert "Log out" not in stranger
    reader = bar(log_in("ada"), path)
    assert ">ada<" in reader
    assert "Log out" in reader


def test_a_log_out_is_told_once(make_user: MakeUser, log_in: LogIn) -> None:
    make_user("ada")
    client = log_in("ada")
    send(client, "/logout")
    assert "You have been logged out." in read(client, "/")
    assert "You have been logged out." not in read(client, "/")


def test_a_refused_log_in_says_so_and_keeps_the_name_as_text(browser: Browser) -> None:
    page = send(browser(), "/login", name='"><script>x()</script>', password="guess")
    assert "The name or the password is wrong." in page
    assert "&lt;script&gt;x()" in page
    assert "<script>x()" not in page
