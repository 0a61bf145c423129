"""Read the files of settings; a fault names its line, and shows nothing of it."""

import re
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

NOT_OURS = ("#", "FLASK_", "PYTHON", "COMPOSE_")  # comments, other programs' lines
# A line of `.env` in the forms that all programs read alike.
LINE = re.compile(
    r"""(?:export\s+)?(\w+)\s*=\s*"""
    r"""(?:'([^']*)'|"([^"$`\\]*)"|([^\s#'"$`\\][^$`\\]*?)?)(?:\s+#.*)?"""
)
UNCLEAR = ("${", r"\\", r"\'", "\0")  # some programs replace them even in '...'
ADVICE = "write NAME=value on one line; $, ` and \\ in single quotes only, ${ never"


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; there may be none. Raises OSError, ValueError."""
    return tomllib.loads(_text(path)) if path.is_file() else {}


def read_env(path: Path) -> dict[str, str]:
    """Read a `.env`; there may be none. Raises OSError, ValueError."""
    values = {}
    there = path.exists() and not path.is_dir()  # a folder may be an environment
    lines = StringIO(_text(path) if there else "", newline=None)
    for number, line in enumerate(map(str.strip, lines), 1):
        if line and not line.removeprefix("export ").startswith(NOT_OURS):
            found = LINE.fullmatch(line)
            if found is None or any(mark in line for mark in UNCLEAR):
                raise ValueError(f"line {number}: {ADVICE}")
            name, *forms = found.groups()
            values[name] = next(filter(None, forms), "")
    return values


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line}: it is not UTF-8") from None
