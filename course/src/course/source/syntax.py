"""Comment styles: which comments, and so which markers, a type of file has."""

import re
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Comment:
    """One style of comment: how it opens and, unless a line ends it, how it closes."""

    opens: str
    closes: str = ""

    def inside(self, line: str) -> str | None:
        """Return the text of a line that is only a comment; None for any other line."""
        text = line.strip()
        if not text.startswith(self.opens) or not text.endswith(self.closes):
            return None
        if len(text) < len(self.opens) + len(self.closes):
            return None
        return text[len(self.opens) : len(text) - len(self.closes)]

    def trailing(self, line: str) -> tuple[int, str] | None:
        """Return where the last comment of a line opens and what it says."""
        text = line.rstrip()
        at = text.rfind(self.opens)
        if at < 0 or not text.endswith(self.closes):
            return None
        end = len(text) - len(self.closes)
        start = at + len(self.opens)
        return (at, text[start:end]) if start <= end else None

    def write(self, text: str) -> str:
        """Write a comment, as a message shows it to an author."""
        return f"{self.opens} {text} {self.closes}".rstrip()


@dataclass(frozen=True, slots=True)
class Syntax:
    """A type of file: its comments, and whether one may follow a line's own text."""

    comments: tuple[Comment, ...]
    trailing: bool = True
    python: bool = False


HASH, SLASHES, DASHES = Comment("#"), Comment("//"), Comment("--")
STARS, ANGLES, JINJA = Comment("/*", "*/"), Comment("<!--", "-->"), Comment("{#", "#}")

PYTHON = Syntax((HASH,), python=True)
HASHES = Syntax((HASH,))
VALUES = Syntax((HASH,), trailing=False)  # a trailing comment is part of the value
INI = Syntax((HASH, Comment(";")), trailing=False)
SCRIPT = Syntax((SLASHES, STARS))
STYLE = Syntax((STARS,))
PAGE = Syntax((JINJA, ANGLES))
MARKUP = Syntax((ANGLES,))
SQL = Syntax((DASHES, STARS))
MAKO = Syntax((Comment("##"),), trailing=False)

# One row a type of file: a pattern of the file's name, its syntax. The first one holds.
# JSON is not here: it has no comments, so its files are claimed whole.
_ROWS: tuple[tuple[str, Syntax], ...] = (
    (r".*\.pyi?", PYTHON),
    (r".*\.(toml|ya?ml|sh|bash)", HASHES),
    (r"(.*[-_.])?(requirements|constraints)([-_.].*)?\.(txt|in)", HASHES),
    (r"supervisord?\.conf|redis\.conf|valkey\.conf", INI),
    (r".*\.conf|nginx\.conf\..*", HASHES),
    (r".*\.(ini|cfg|service|desktop|properties)|\.editorconfig|\.coveragerc", INI),
    (r"\.env(\..*)?|.*\.env", VALUES),
    (r"\.(git|docker|npm)(ignore|attributes)", VALUES),
    (r"(.*\.)?(Dockerfile|Containerfile|Makefile)(\..*)?|.*\.mk|Procfile", VALUES),
    (r"(.*\.)?Jenkinsfile(\..*)?|.*\.(groovy|gradle)", SCRIPT),
    (r".*\.([mc]?js|ts|s[ac]ss)", SCRIPT),
    (r".*\.css", STYLE),
    (r".*\.(html?|jinja2?|j2)", PAGE),
    (r".*\.(md|xml|svg)", MARKUP),
    (r".*\.sql", SQL),
    (r".*\.mako", MAKO),
)
_SHEBANG = re.compile(rb"#![^\n]*\b(python|sh|bash|dash)[\d.]*\b")


@lru_cache(maxsize=4096)
def _by_name(name: str) -> Syntax | None:
    for pattern, syntax in _ROWS:
        if re.fullmatch(pattern, name):
            return syntax
    return None


def syntax_of(path: str, data: bytes) -> Syntax | None:
    """Return a file's syntax by its name, else its `#!`; None where it is unknown."""
    found = _by_name(path.rpartition("/")[2])
    if found is not None or not data.startswith(b"#!"):
        return found
    program = _SHEBANG.match(data)
    if program is None:
        return None
    return PYTHON if program[1] == b"python" else HASHES


@dataclass(frozen=True, slots=True)
class PythonText:
    """Where a Python text has its comments, and which lines begin inside a string."""

    comments: dict[int, int] = field(default_factory=dict)  # line from 0 -> column
    in_string: set[int] = field(default_factory=set)


_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?(?:"""|\Z)|\'\'\'(?:\\.|[^\\])*?(?:\'\'\'|\Z)'''
    r"""|"(?:\\.|[^"\\\n])*"?|\'(?:\\.|[^'\\\n])*'?|\#[^\n]*""",
    re.S,
)


def read_python(text: str) -> PythonText:
    """Tell comments from strings, in a broken file too, where a tokenizer gives up."""
    found = PythonText()
    line, start, seen = 0, 0, 0
    for token in _TOKEN.finditer(text):
        at = token.start()
        newlines = text.count("\n", seen, at)
        if newlines:
            line += newlines
            start = text.rfind("\n", 0, at) + 1
        seen = at
        if token[0][0] == "#":
            found.comments[line] = at - start
        elif "\n" in token[0]:
            inner = token[0].count("\n")
            found.in_string.update(range(line + 1, line + inner + 1))
    return found
