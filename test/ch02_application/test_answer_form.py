"""The form that an answer takes: a page for browsers, JSON for all others."""

import pytest
from flask.testing import FlaskClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("path", ["/", "/chapter/", "/chapter/two/2-more"])
@pytest.mark.parametrize("accept", ["*/*", "text/plain", "application/json", ""])
def test_json_is_for_all_but_browsers(
    client: FlaskClient, path: str, accept: str
) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.content_type == "application/json"
    assert "Accept" in answer.vary


@pytest.mark.parametrize("path", ["/", "/chapter/", "/chapter/two/2-more"])
def test_a_browser_gets_html(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": BROWSER})
    assert answer.content_type == "text/html; charset=utf-8"
    assert "Accept" in answer.vary


@pytest.mark.parametrize("form", ["text/html", "application/json"])
def test_a_charset_asks_for_nothing_else(client: FlaskClient, form: str) -> None:
    for charset in ("charset=utf-8", "charset=UTF-8", 'charset="utf-8";q=0.9'):
        answer = client.get("/chapter/", headers={"Accept": f"{form}; {charset}"})
        assert answer.mimetype == form
