"""Markdown becomes HTML: readable where it is ours, harmless where it is not."""

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.chapter.blocks import Picture
from apps.chapter.rendering import Heading, Text, describe_flowchart

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><circle/></svg>",
    "<iframe src=https://evil.example></iframe>",
    "<style>body{display:none}</style>",
    "<a href='javascript:alert(1)'>x</a>",
    "<form action=//evil.example><input name=password></form>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '![x" onerror="alert(1)](x.png)',
    '[x](https://example.org "t\\" onmouseover=\\"alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "```<script>\nalert(1)\n```",
    '```"onmouseover="alert(1)\nx\n```',
    "`</code><script>alert(1)</script>`",
    "`<script>alert(1)</script>`, a new file:\n```python\n</pre><script>1\n```",
    "`a`, changed:\n```diff\n+</span><script>alert(1)</script>\n```",
    '```mermaid\nA["</p><script>alert(1)</script>"] --> B\n```',
    "# <script>alert(1)</script>",
    '## a" onclick="alert(1)',
    "## [x](javascript:alert(1))",
    "| <script>a</script> |\n|:-:|\n| <b onclick=x> |",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "\0<script\0>alert(1)</script>",
]
ELEMENTS = {
    *("p", "em", "strong", "s", "a", "code", "pre", "ul", "ol", "li", "hr", "br"),
    *("h2", "h3", "h4", "h5", "h6", "blockquote", "figure", "figcaption", "img"),
    *("table", "thead", "tbody", "tr", "th", "td", "div", "span", "wbr"),
}
ATTRIBUTES = {
    *("href", "title", "src", "alt", "width", "height", "start", "class", "id"),
    *("tabindex", "role", "loading"),
}


def check_harmless(html: str) -> None:
    """Parse as a browser would, and look at what it would then have."""
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    for element in tree.iter():
        if not isinstance(element.tag, str):
            pytest.fail(f"a comment is left in {html!r}")
        if element is tree:
            continue
        assert element.tag in ELEMENTS, html
        assert set(element.attrib) <= ATTRIBUTES, html
        for key in ("href", "src"):
            scheme = element.get(key, "").partition(":")[0].strip().lower()
            assert scheme not in ("javascript", "data", "vbscript"), html


@pytest.mark.parametrize("source", HOSTILE)
@pytest.mark.parametrize("around", ["{}", "> {}", "- {}", "a {} b", "## {}\n\n{}"])
def test_hostile_markdown_is_harmless(source: str, around: str) -> None:
    check_harmless(Text(around.replace("{}", source)).html)


@given(st.text(st.sampled_from("<>&\"'`[]()!#*_~|:-= \n\tajavscript/\\x00\0")))
def test_no_text_at_all_does_harm(source: str) -> None:
    check_harmless(Text(source).html)


@pytest.mark.parametrize("sign", ["> ", "- ", "[", "*", "`", "![", "(", "<"])
def test_deep_nesting_ends(sign: str) -> None:
    check_harmless(Text(sign * 3000 + "x").html)


def test_markup_is_shown_as_text() -> None:
    assert Text("a <b>c</b>").html == "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"


def test_the_title_is_left_to_the_page() -> None:
    text = Text("# Chapter 1: Title\n\nWords.\n\n# Another\n")
    assert text.html.startswith("<p>Words.</p>")
    assert '<h2 id="another">' in text.html
    assert "<h1" not in text.html


def test_headings_have_anchors_of_their_own() -> None:
    text = Text("## Why\n\n## Why\n\n### A `code` & more\n\n#### Deep\n\n## ?\n")
    assert text.headings == [
        Heading(2, "why", "Why"),
        Heading(2, "why-2", "Why"),
        Heading(3, "a-code-more", "A code & more"),
        Heading(2, "section", "?"),
    ]
    assert '<h2 id="why-2"><a href="#why-2">Why</a></h2>' in text.html
    assert '<h4 id="deep">' in text.html


def test_three_headings_that_would_share_an_anchor_do_not() -> None:
    text = Text("## A\n\n## A 2\n\n## A\n\n## A\n")
    assert [heading.id for heading in text.headings] == ["a", "a-2", "a-3", "a-4"]


def test_a_heading_with_a_link_is_not_a_link_itself() -> None:
    html = Text("## See [x](https://example.org)\n").html
    assert html.count("<a ") == 1


@pytest.mark.parametrize(
    "what",
    [
        "a new file",
        "continued",
        "continued after two blank lines",
        "changed",
        "try this",
        "try this, then undo it",
        "once more",
    ],
)
def test_the_line_above_a_block_is_its_caption(what: str) -> None:
    html = Text(f"`apps/x.py`, {what}:\n```python\nx = 1\n```\n").html
    assert f"<figcaption><code>apps/x.py</code> <em>{what}</em></figcaption>" in html
    assert "<p>" not in html


def test_another_line_above_a_block_stays_a_line() -> None:
    html = Text("See `x.py`, changed:\n```python\nx = 1\n```\n").html
    assert "<p>See <code>x.py</code>, changed:</p>" in html


def test_code_is_coloured_and_complete() -> None:
    html = Text("```python\nimport os\n\n\nx = '<'\n```\n").html
    assert '<span class="kn">import</span>' in html
    assert "&lt;" in html
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    assert "".join(tree.itertext()).strip() == "import os\n\n\nx = '<'"


@pytest.mark.parametrize("language", ["", "no-such-language", "text", "console"])
def test_every_line_of_a_block_is_shown(language: str) -> None:
    html = Text(f"```{language}\n$ ls\na\n\nb\n```\n").html
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    shown = "".join(tree.find(".//pre").itertext())
    assert shown == "$ ls\na\n\nb\n"


def test_a_diff_is_coloured_as_its_file_and_complete() -> None:
    diff = ' """\n-a\n+import os\n """\n@@\n+import sys\n def f():\n'
    html = Text(f"`x.py`, changed:\n```diff\n{diff}```\n").html
    assert '<span class="gu">@@</span>' in html
    assert '<span class="gi">+<span class="kn">import</span>' in html
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    assert "".join(tree.find(".//pre").itertext()) == diff


@pytest.mark.parametrize(
    ("info", "said"),
    [
        ("console", "Terminal"),
        ("console server", "Terminal: leave this running"),
        ("console fails", "Terminal: this ends with an error"),
    ],
)
def test_a_terminal_says_what_it_is(info: str, said: str) -> None:
    html = Text(f"```{info}\n$ ls\n```\n").html
    assert f"<figcaption>{said}</figcaption>" in html
    assert '<figure class="code console">' in html


def test_links_and_pictures_get_addresses_of_the_app() -> None:
    text = Text("[a](2-b.md) ![c](d.svg)", address=lambda link: f"/at/{link}")
    assert 'href="/at/2-b.md"' in text.html
    assert 'src="/at/d.svg"' in text.html


def test_a_diagram_is_its_picture_and_says_its_arrows() -> None:
    source = (
        '```mermaid\nflowchart LR\n  A[run.py<br>starts] --> B["app"]\n  B-->C\n```\n'
    )
    seen = []

    def pictures(name: str) -> Picture:
        seen.append(name)
        return Picture(f"/{name}", 30, 20)

    html = Text(source * 2, pictures=pictures, number=2).html
    assert seen == ["diagram-2-1.svg", "diagram-2-2.svg"]
    assert (
        '<img src="/diagram-2-1.svg" alt="Diagram: run.py, starts to app; app to C." '
        'width="30" height="20" loading="lazy">'
    ) in html


def test_a_diagram_that_was_not_drawn_is_shown_as_its_source() -> None:
    assert "A --&gt; B" in Text("```mermaid\nA --> B\n```").html


def test_a_diagram_without_arrows_refers_to_the_text() -> None:
    assert describe_flowchart("pie\n  x: 1\n") == "Diagram: see the text."


def test_a_table_scrolls_by_keyboard_and_aligns_by_class() -> None:
    html = Text("| a | b |\n|--:|:-:|\n| 1 | 2 |\n").html
    assert '<div class="table" role="group" tabindex="0">' in html
    assert '<th class="right">a</th>' in html
    assert "style" not in html


def test_quotes_are_set_in_type_but_not_in_code() -> None:
    html = Text("It's \"so\": `it's`").html
    assert "It\u2019s \u201cso\u201d" in html
    assert "<code>it's</code>" in html


def test_words_are_counted() -> None:
    assert Text("# A title\n\nIt's two-fold.\n\n```\nx = 1\n```").words == 6


def test_the_title_is_left_out_wherever_it_stands() -> None:
    page = Text("Words.\n\nA title\n=======\n\nMore\n----\n\n# Second\n")
    assert "A title" not in page.html
    assert [heading.id for heading in page.headings] == ["more", "second"]


def test_a_comment_in_code_is_no_heading() -> None:
    page = Text("```\n# one\n```\n\n    ## two\n\nThree\n-----\n\n## Three\n")
    assert [heading.id for heading in page.headings] == ["three", "three-2"]


def test_a_heading_of_ten_thousand_characters_is_shown() -> None:
    (heading,) = Text("## " + "x" * 10_000).headings
    assert heading.title == "x" * 10_000
