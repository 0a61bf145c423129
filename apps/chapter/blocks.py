"""Blocks of a text as HTML: code under its caption, coloured; pictures."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from markdown_it.token import Token
from markupsafe import escape
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexer import Lexer  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

# The line above a block: a path, and what the reader does with the block.
CAPTION = re.compile(
    r"`([^`]+)`, ((?:a new file|continued|changed|try this|once more)[^:`]*):", re.S
)
TERMINALS = {
    "console": "Terminal",
    "console server": "Terminal: leave this running",
    "console fails": "Terminal: this ends with an error",
}
LEXER_BY_EXTENSION = {  # other files are not coloured
    "css": "css",
    "html": "html+jinja",
    "js": "javascript",
    "json": "json",
    "py": "python",
    "toml": "toml",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that can be shown: its address and its size in CSS pixels, if known."""

    url: str
    width: int | None = None
    height: int | None = None
    dark: str = ""  # the address of the same picture for dark pages, if there is one


PHONE_PIXELS = 390  # how wide a phone is
SIGNS = {"+": "gi", "-": "gd"}
COLOURED: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


def code_block(token: Token, line_above: str = "") -> str:
    """Write a block of code, coloured by its language, with its caption if it has one.

    It can be reached by the keyboard, which scrolls a line that is too long.
    """
    info = " ".join(token.info.split()[:2])
    language = info.partition(" ")[0]
    above = TERMINALS.get(info, TERMINALS.get(language, ""))
    captioned = CAPTION.fullmatch(line_above)
    if captioned:
        above = f"<code>{escape(captioned[1])}</code> <em>{captioned[2]}</em>"
    kind = language if language in ("console", "diff") else "source"
    if language == "diff":
        code = _diff(token.content, captioned[1] if captioned else "")
    else:
        code = _coloured(token.content.rstrip("\n"), language)
    heading = f"<figcaption>{above}</figcaption>" if above else ""
    return (
        f'<figure class="code {kind}">{heading}'
        f'<pre tabindex="0"><code>{code}\n</code></pre></figure>'
    )


def figure(picture: Picture, words: str) -> str:
    """Show a picture; `words` says what is seen on it.

    It is fetched when the reader comes near, and the page has room for it until then.
    One that a phone can't show whole is moved there, by the keyboard, too.
    """
    width, height = picture.width, picture.height
    size = f' width="{width}" height="{height}"' if width and height else ""
    rest = f'alt="{escape(words)}"{size} loading="lazy"'
    shown = f'<img src="{escape(picture.url)}" {rest}>'
    if picture.dark:
        shown = f'<img class="light" src="{escape(picture.url)}" {rest}>'
        shown += f'<img class="dark" src="{escape(picture.dark)}" {rest}>'
    wide = width and width > PHONE_PIXELS
    kind = 'class="picture wide" tabindex="0"' if wide else 'class="picture"'
    return f"<figure {kind}>{shown}</figure>\n"


def inline_code(code: str) -> str:
    """Write code within a sentence; a long path may break after each slash."""
    return f"<code>{str(escape(code)).replace('/', '/<wbr>')}</code>"


def _coloured(code: str, language: str) -> str:
    """Put each word of the code into a span that names its kind."""
    lexer = _lexer(language)
    if lexer is None:
        return str(escape(code))
    return str(highlight(code, lexer, COLOURED)).rstrip("\n")


def _diff(diff: str, path: str) -> str:
    """Colour the lines of a diff as their file's kind, and mark what comes and goes."""
    lines = diff.rstrip("\n").split("\n")
    bare = "\n".join("" if line.startswith("@@") else line[1:] for line in lines)
    coloured = _coloured(
        bare, LEXER_BY_EXTENSION.get(path.rpartition(".")[2], "")
    ).split("\n")
    shown = []
    for line, code in zip_longest(lines, coloured, fillvalue=""):
        if line.startswith("@@"):
            shown.append(f'<span class="gu">{escape(line)}</span>\n')
        elif line[:1] in SIGNS:
            shown.append(f'<span class="{SIGNS[line[0]]}">{line[0]}{code}</span>\n')
        else:
            shown.append(f" {code}\n")
    return "".join(shown).removesuffix("\n")


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
