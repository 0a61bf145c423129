"""A browser for the terminal: it keeps cookies, sends forms, and prints what matters.

    python chapters/05-jinja/visit.py NAME ADDRESS [FIELD=VALUE ...]

NAME says whose browser it is: its cookies are kept in instance/NAME.cookies. Without
fields, the page at ADDRESS is asked for. With fields, the form of that page is filled
in and sent, together with its token. `csrf_token=VALUE` sends another token, and
`csrf_token=@eve` the one that the page has in eve's browser.

It prints the status of the answer, where the answer leads, and what the page says.
"""

import html
import re
import sys
from http.cookiejar import LWPCookieJar
from pathlib import Path
from urllib.parse import urlencode, urljoin
from urllib.request import (
    HTTPCookieProcessor,
    HTTPErrorProcessor,
    ProxyHandler,
    Request,
    build_opener,
)

TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')
SAID = re.compile(r'class="(?:wrong|refused|flash \w+)"[^>]*>([^<]*)<')


class EveryAnswer(HTTPErrorProcessor):
    """Take each answer as it is: follow no redirect, and raise no error."""

    def http_response(self, request, response):
        """Return the answer."""
        return response


def ask(name: str, address: str, fields: dict[str, str] | None = None):
    """Ask with the cookies of a browser; return the answer and its page."""
    cookies = LWPCookieJar(f"instance/{name}.cookies")
    if Path(cookies.filename).exists():
        cookies.load(ignore_discard=True)
    browser = build_opener(ProxyHandler({}), HTTPCookieProcessor(cookies), EveryAnswer)
    body = urlencode(fields).encode() if fields is not None else None
    request = Request(address, body, {"Accept": "text/html"})  # noqa: S310 - our own
    with browser.open(request) as answer:
        page = answer.read().decode()
    cookies.save(ignore_discard=True)
    return answer, page


def token(name: str, address: str) -> str:
    """Read the token in the page's form; a page without a form has that of /login."""
    for page in (address, urljoin(address, "/login")):
        found = TOKEN.search(ask(name, page)[1])
        if found:
            return found[1]
    return ""


def main(name: str, address: str, *given: str) -> None:
    """Visit a page, or send its form."""
    fields = dict(field.split("=", 1) for field in given)
    if fields:
        whose = fields.get("csrf_token", f"@{name}")
        if whose.startswith("@"):
            fields["csrf_token"] = token(whose[1:], address)
    answer, page = ask(name, address, fields or None)
    print(answer.status, *answer.headers.get_all("Location", []))
    for said in SAID.findall(page):
        print(html.unescape(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
