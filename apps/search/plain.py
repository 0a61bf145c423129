"""A Markdown text as plain words, and where in them each section begins."""

import json
import re
from typing import NamedTuple

from apps.chapter.rendering import anchor

MARKUP_PATTERNS = [
    (re.compile(r"^```+[^\n]*$", re.MULTILINE), ""),  # fences, with their info string
    (re.compile(r"^\|[-| :]+\|$", re.MULTILINE), ""),  # the line below a table's head
    (re.compile(r"^(?:#{1,6}|>) +", re.MULTILINE), ""),  # headings, quotations
    (re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)"), r"\1"),  # links and images
    (re.compile(r"\*\*|`"), ""),  # bold, code
    (re.compile(r"^\||\|$|\| (?=.*\|$)", re.MULTILINE), " "),  # cells, no pipes of code
    (re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ud800-\udfff]+"), " "),
    (re.compile(" {2,}"), " "),
]
FENCE = re.compile(r" {0,3}(```+|~~~+)")
HEADING = re.compile(r" {0,3}#{1,6} +(.+?)(?: +#+)? *")


class Section(NamedTuple):
    """What stands below one heading."""

    start: int  # in the plain text, in characters
    anchor: str  # the id of the heading on the page; empty for the title
    title: str


def plain(markdown: str) -> str:
    """Return the text in one line, for an index and its excerpts."""
    for pattern, replacement in MARKUP_PATTERNS:
        markdown = pattern.sub(replacement, markdown)
    return markdown.strip()


def sections(markdown: str) -> tuple[str, list[Section]]:
    """Return the text in one line, and where in it each section begins."""
    begun: list[tuple[str, str, list[str]]] = [("", "", [])]
    taken: set[str] = set()
    fence = ""
    for line in markdown.splitlines():
        if mark := FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence) and line.strip() == mark[1]:
                fence = ""
        heading = None if fence else HEADING.fullmatch(line)
        is_title = line.startswith("# ") and not any(map(str.strip, begun[0][2]))
        if heading and (not is_title or len(begun) > 1):
            title = plain(heading[1])
            begun.append((anchor(title, taken), title, []))
        begun[-1][2].append(line)
    text, found = "", []
    for name, title, lines in begun:
        found.append(Section(len(text), name, title))
        text += plain("\n".join(lines)) + " "
    return text.strip(), found


def section_at(found: str, position: int) -> Section:
    """Return the section in which a character of the text stands.

    found is what `sections` returned, as JSON.
    """
    starts = [Section(*section) for section in json.loads(found)]
    before = [section for section in starts if section.start <= max(position, 0)]
    return before[-1] if before else Section(0, "", "")
