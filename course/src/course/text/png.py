"""PNGs as Chromium writes them, written again with a palette: a third of the size."""

import struct
import zlib
from collections import Counter

MAX_COLOURS = 256  # in a palette, so that a pixel is one byte
FRAME_COLOUR = bytes.fromhex("d0d7de")
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def quantize(png: bytes) -> bytes:
    """Write a PNG with 8 bits a colour again, with a palette and a frame.

    Where a page has more than 256 colours, the rare ones become the nearest frequent.
    """
    width, height, pixels = read(png)
    frame(width, height, pixels)
    counted = Counter(pixels)
    palette = [colour for colour, _ in counted.most_common(MAX_COLOURS)]
    index = {colour: at for at, colour in enumerate(palette)}
    for colour in counted.keys() - index.keys():
        index[colour] = min(
            range(len(palette)), key=lambda at: distance(palette[at], colour)
        )
    flat = bytes(index[pixel] for pixel in pixels)
    rows = (b"\0" + flat[at : at + width] for at in range(0, len(flat), width))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(b"".join(rows), 9)
    parts = [(b"IHDR", head), (b"PLTE", b"".join(palette)), (b"IDAT", body)]
    return SIGNATURE + b"".join(chunk(*part) for part in [*parts, (b"IEND", b"")])


def frame(width: int, height: int, pixels: list[bytes]) -> None:
    """Draw a thin line around: a page has the colour of the page that shows it."""
    for x in range(width):
        pixels[x] = pixels[-1 - x] = FRAME_COLOUR
    for y in range(height):
        pixels[y * width] = pixels[y * width + width - 1] = FRAME_COLOUR


def distance(one: bytes, other: bytes) -> int:
    """Return how different two colours are."""
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def chunk(kind: bytes, body: bytes) -> bytes:
    """Write a chunk of a PNG: length, kind, body, check sum."""
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def read(png: bytes) -> tuple[int, int, list[bytes]]:
    """Read width, height and pixels of a PNG with 8 bits a colour, not interlaced."""
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    if (depth, interlaced) != (8, 0) or kind not in (2, 6):
        raise ValueError("not a PNG as Chromium writes it")
    size, at, body = 3 if kind == 2 else 4, 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            body += png[at + 8 : at + 8 + length]
        at += length + 12
    data, above = zlib.decompress(body), bytes(width * size)
    pixels = []
    for start in range(0, len(data), width * size + 1):
        line = bytearray(data[start + 1 : start + 1 + width * size])
        unfilter(data[start], line, above, size)
        pixels += [bytes(line[x : x + 3]) for x in range(0, len(line), size)]
        above = bytes(line)
    return width, height, pixels


def unfilter(kind: int, line: bytearray, above: bytes, size: int) -> None:
    """Undo a line's filter in place (PNG, third edition, section 9)."""
    for x in range(len(line)):
        left = line[x - size] if x >= size else 0
        corner = above[x - size] if x >= size else 0
        if kind == 1:
            line[x] = (line[x] + left) & 255
        elif kind == 2:
            line[x] = (line[x] + above[x]) & 255
        elif kind == 3:
            line[x] = (line[x] + (left + above[x]) // 2) & 255
        elif kind == 4:
            guess = left + above[x] - corner
            nearest = min((left, above[x], corner), key=lambda one: abs(guess - one))
            line[x] = (line[x] + nearest) & 255
