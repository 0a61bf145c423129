"""A note's Markdown on a page: harmless, whoever wrote it."""

import pytest

from apps.note.rendering import render

ATTACKS = [
    "<script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "![a](https://evil.example/a.png)",
    "![a][1]\n\n[1]: https://evil.example/a.png",
    "<img src=x onerror=alert(1)>",
    "# A heading\n\nAnother\n=======",
    '```"><script>\nx\n```',
    "[a](<https://example.org/\" onclick='x>)",
    "[a](data:text/html,x)",
]


def test_what_readers_write_is_shown_as_they_mean_it() -> None:
    html = render("*Why* `x`?\n\n- [here](https://example.org)\n\n```py\nx = 1\n```\n")
    assert "<em>Why</em> <code>x</code>?" in html
    assert '<li><a href="https://example.org">here</a></li>' in html
    assert "<pre><code>x = 1\n</code></pre>" in html


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_script_no_picture_and_no_heading_comes_out(attack: str) -> None:
    html = render(attack)
    for word in ("<script", "<img", "<h", " id=", " onclick", " class", 'href="java'):
        assert word not in html
    assert 'href="data' not in html
