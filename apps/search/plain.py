"""The words of a Markdown text, without the signs that form it."""

import re

SIGNS = [
    (re.compile(r"^```+[^\n]*$", re.MULTILINE), ""),  # fences, with their info string
    (re.compile(r"^\|[-| :]+\|$", re.MULTILINE), ""),  # the line below a table's head
    (re.compile(r"^(?:#{1,6}|>) +", re.MULTILINE), ""),  # headings, quotations
    (re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)"), r"\1"),  # links and images
    (re.compile(r"\*\*|`"), ""),  # bold, code
    (re.compile(r"\|"), " "),  # cells
    (re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ud800-\udfff]+"), " "),
    (re.compile(" {2,}"), " "),
]


def plain(markdown: str) -> str:
    """Return the text in one line, for an index and its excerpts."""
    for sign, instead in SIGNS:
        markdown = sign.sub(instead, markdown)
    return markdown.strip()
