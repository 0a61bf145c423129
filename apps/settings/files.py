"""Read the files of settings; a fault names its line, and shows nothing of it."""

import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

from apps.settings.env_line import read_line

NOT_OURS = ("#", "FLASK_", "PYTHON", "COMPOSE_")  # comments, other programs' lines


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
            try:
                name, value = read_line(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
            values[name] = value
    return values


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line}: it is not UTF-8") from None
