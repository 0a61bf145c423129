"""Every picture of a text has a light and a dark form."""

from pathlib import Path

CHAPTERS = Path(__file__).parents[2] / "chapters"


def test_every_drawing_knows_both_themes() -> None:
    drawings = sorted(CHAPTERS.glob("*/*.svg"))
    one = [path.name for path in drawings if b"prefers-color" not in path.read_bytes()]
    assert drawings
    assert one == []


def test_every_screenshot_has_a_dark_sister() -> None:
    names = {path for path in CHAPTERS.glob("*/*.png") if "-dark" not in path.stem}
    alone = [p.name for p in names if not p.with_name(f"{p.stem}-dark.png").exists()]
    assert names
    assert alone == []


def test_no_drawing_shows_a_port_that_the_texts_do_not_use() -> None:
    drawings = CHAPTERS.glob("*/*.svg")
    assert [path.name for path in drawings if b":5000" in path.read_bytes()] == []
