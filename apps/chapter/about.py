"""What a chapter's manifest, `chapter.toml`, says of it. A checkpoint has none."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from re import sub


@dataclass(frozen=True, slots=True)
class About:
    """What a chapter teaches, what you show at its end, how long its parts take."""

    concept: str = ""
    shows: str = ""
    minutes: tuple[int, ...] = ()  # a number for each part


def read_about(manifest: Path) -> About:
    """Read a manifest; what is missing or makes no sense is left out."""
    try:
        told = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return About()
    concept, shows = (str(told.get(key, "")) for key in ("concept", "shows"))
    concept = sub(r"(^|; )\d+ ", r"\1", concept)  # without the numbers of the parts
    minutes = told.get("minutes")
    numbers = minutes if isinstance(minutes, list) else []
    concept = concept.replace("`", "")
    return About(
        concept[:1].upper() + concept[1:],
        shows.replace("`", ""),
        tuple(number for number in numbers if isinstance(number, int)),
    )
