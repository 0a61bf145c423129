"""What Redis knows of reading; a part is written as `slug/name`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """What one reader has read, where to go on, and what all readers read most."""

    read: dict[str, str]  # part -> the moment, in ISO's form
    next: str | None  # None where nothing is left
    most_read: list[tuple[str, int]]  # parts and their views, the most viewed first

    def count(self, slug: str) -> int:
        """Count the parts of a chapter that were read."""
        return sum(part.startswith(f"{slug}/") for part in self.read)
