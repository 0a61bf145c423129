"""Say how much two colours differ in light, as WCAG counts it: from 1 to 21."""

import sys


def light(colour: str) -> float:
    """Return how light a colour such as #665f55 is."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05


paper, *inks = sys.argv[1:]
for ink in inks:
    print(ink, round(light(paper) / light(ink), 1))
