"""Edit a source file as a reader does."""

from pathlib import Path


def replace(path: Path, old: str, new: str) -> None:
    """Replace text of a file that is there."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
