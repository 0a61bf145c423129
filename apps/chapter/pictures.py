"""The pictures of the texts: how large they are, and what they may do."""

import re
import struct

# An SVG can hold a script; opened on its own, it may do nothing but be styled.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
HEADER_BYTES = 1024  # bytes in which a PNG or an SVG gives its size
SVG = re.compile(
    rb'<svg\b(?=[^>]*?\bwidth="([\d.]+)")(?=[^>]*?\bheight="([\d.]+)")?'
    rb'(?=[^>]*?\bviewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)")?'
)


def picture_size(head: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels; None where the bytes do not tell."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    found = SVG.search(head)
    if found is None:
        return None
    width_of_svg = float(found[1])
    if found[2]:
        return round(width_of_svg), round(float(found[2]))
    if found[3] and float(found[3]):
        height_of_svg = width_of_svg * float(found[4]) / float(found[3])
        return round(width_of_svg), round(height_of_svg)
    return None
