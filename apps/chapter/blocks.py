"""Blocks of a text as HTML: code under its caption, coloured; pictures."""

import re
from functools import cache

from markdown_it.token import Token
from markupsafe import escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

# The line above a block: a path, and what the reader does with the block.
CAPTION = re.compile(
    r"`([^`]+)`, (a new file|continued|changed|try this|once more):", re.S
)
TERMINALS = {
    "console": "Terminal",
    "console server": "Terminal: it stays up",
    "console fails": "Terminal: it fails",
}
COLOURED: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


def caption(line: str) -> str:
    """Make the line above a block its caption."""
    match = CAPTION.fullmatch(line)
    if match is None:
        raise ValueError(f"{line!r} is no caption")
    return f"<code>{escape(match[1])}</code> <em>{match[2]}</em>"


def code_block(token: Token, above: str = "") -> str:
    """Write a block of code, coloured by its language, with its caption if it has one.

    It can be reached by the keyboard, which scrolls a line that is too long.
    """
    info = " ".join(token.info.split()[:2])
    language = info.partition(" ")[0]
    above = above or TERMINALS.get(info, TERMINALS.get(language, ""))
    kind = language if language in ("console", "diff") else "source"
    code = _coloured(token.content.rstrip("\n"), language)
    heading = f"<figcaption>{above}</figcaption>" if above else ""
    return (
        f'<figure class="code {kind}">{heading}'
        f'<pre tabindex="0"><code>{code}\n</code></pre></figure>'
    )


def picture(
    url: str, words: str, width: int | None, height: int | None, kind: str
) -> str:
    """Write a picture as a figure; `words` says what it shows."""
    size = f' width="{width}" height="{height}"' if width and height else ""
    return (
        f'<figure class="{kind}"><img src="{escape(url)}" alt="{escape(words)}"{size}>'
        "</figure>"
    )


def _coloured(code: str, language: str) -> str:
    """Put each word of the code into a span that names its kind."""
    lexer = _lexer(language)
    if lexer is None:
        return str(escape(code))
    return highlight(code, lexer, COLOURED).rstrip("\n")


@cache
def _lexers() -> dict[str, Lexer | None]:
    return {"": None, "text": None, "mermaid": None}


def _lexer(language: str) -> Lexer | None:
    """Find what reads a language, once for each that Pygments knows."""
    known = _lexers()
    if language in known:
        return known[language]
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:  # not kept: whoever writes texts could fill the memory
        return None
    known[language] = lexer
    return lexer
