"""One line of `.env`, in the form that all programs read alike."""

import re

LINE = re.compile(
    r"""(?:export\s+)?(\w+)\s*=\s*"""
    r"""(?:'([^']*)'|"([^"$`\\]*)"|([^\s#'"$`\\][^$`\\]*?)?)(?:\s+#.*)?"""
)
UNCLEAR = ("${", r"\\", r"\'", "\0")  # even in single quotes
ADVICE = "write NAME=value on one line; $, ` and \\ in single quotes only, ${ never"


def read_line(line: str) -> tuple[str, str]:
    """Return the name and the value. Raises ValueError, which doesn't show the line."""
    found = LINE.fullmatch(line)
    if found is None or any(mark in line for mark in UNCLEAR):
        raise ValueError(ADVICE)
    name, *values = found.groups()
    return name, next(filter(None, values), "")
