"""Greet everybody."""

import sys
from pathlib import Path

WORDS = Path(__file__).parent / "data" / "words.txt"


def greet(name: str) -> str:
    """Return the greeting of one person."""
    return f"hello {name}"


def main() -> None:
    """Greet all whom the word list names."""
    if not WORDS.exists():
        sys.exit("there is no word list")
    for name in WORDS.read_text().split():
        print(greet(name))


if __name__ == "__main__":
    main()
