"""The form that an answer takes: plain text for people, JSON for programs."""

import pytest
from flask.testing import FlaskClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("accept", ["*/*", BROWSER, "text/plain", ""])
def test_the_list_is_plain_text(client: FlaskClient, accept: str) -> None:
    answer = client.get("/chapter/", headers={"Accept": accept})
    assert answer.content_type == "text/plain; charset=utf-8"
    assert "Accept" in answer.vary
    lines = [line.split() for line in answer.text.splitlines()]
    assert lines == [
        ["1.", "The", "first"],
        ["/chapter/one"],
        ["2.", "The", "second"],
        ["/chapter/two"],
        ["/chapter/two/2-more", "More", "of", "it"],
    ]


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_a_text_is_shown_as_it_stands(client: FlaskClient, accept: str) -> None:
    answer = client.get("/chapter/two/2-more", headers={"Accept": accept})
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text == "# Part 2: More of it\n\nText three, caf\u00e9.\n"
    assert "Accept" in answer.vary
