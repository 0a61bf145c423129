"""Pictures of pages: smaller, and still what the browser showed."""

import random
import struct
import zlib

import pytest

from course.text.png import FRAME_COLOUR, SIGNATURE, chunk, quantize, read, unfilter

WIDTH, HEIGHT = 7, 5


def chunks(png: bytes) -> dict[bytes, bytes]:
    """Take a PNG apart; every check sum must be right."""
    assert png.startswith(SIGNATURE)
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert chunk(kind, body) == png[at : at + 12 + length]
        found[kind] = body
        at += length + 12
    return found


def written(pixels: list[bytes], interlaced: int = 0) -> bytes:
    """Write a PNG of 8 bits a colour, without filters."""
    rows = [pixels[at : at + WIDTH] for at in range(0, len(pixels), WIDTH)]
    body = zlib.compress(b"".join(b"\0" + b"".join(row) for row in rows))
    kind = 2 if len(pixels[0]) == 3 else 6
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, kind, 0, 0, interlaced)
    parts = [(b"IHDR", head), (b"IDAT", body), (b"IEND", b"")]
    return SIGNATURE + b"".join(chunk(*part) for part in parts)


def shown(png: bytes) -> list[bytes]:
    """Look up what a PNG with a palette shows, pixel by pixel."""
    parts = chunks(png)
    width, height, depth, kind, *_ = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert (width, height, depth, kind) == (WIDTH, HEIGHT, 8, 3)
    data, palette = zlib.decompress(parts[b"IDAT"]), parts[b"PLTE"]
    return [
        palette[3 * index : 3 * index + 3]
        for start in range(0, len(data), WIDTH + 1)
        for index in data[start + 1 : start + 1 + WIDTH]
    ]


def test_the_pixels_stay_and_a_frame_is_drawn() -> None:
    pixels = [bytes([n, 255 - n, 9]) for n in range(WIDTH * HEIGHT)]
    for at, pixel in enumerate(shown(quantize(written(pixels)))):
        x, y = at % WIDTH, at // WIDTH
        edge = x in (0, WIDTH - 1) or y in (0, HEIGHT - 1)
        assert pixel == (FRAME_COLOUR if edge else pixels[at])


def test_transparency_is_left_out() -> None:
    pixels = [bytes([n, 1, 2, 255]) for n in range(WIDTH * HEIGHT)]
    assert read(written(pixels))[2] == [pixel[:3] for pixel in pixels]


def test_another_kind_of_png_is_refused() -> None:
    with pytest.raises(ValueError, match="as Chromium"):
        read(written([b"abc"] * WIDTH * HEIGHT, interlaced=1))


@pytest.mark.parametrize("kind", range(5))
def test_each_filter_is_undone(kind: int) -> None:
    chance, size = random.Random(kind), 3  # noqa: S311
    above, line = chance.randbytes(30), chance.randbytes(30)
    filtered = bytearray()
    for x, byte in enumerate(line):
        left = line[x - size] if x >= size else 0
        corner = above[x - size] if x >= size else 0
        paeth = left + above[x] - corner
        near = min((left, above[x], corner), key=lambda one: abs(paeth - one))
        guess = [0, left, above[x], (left + above[x]) // 2, near][kind]
        filtered.append((byte - guess) % 256)
    unfilter(kind, filtered, above, size)
    assert bytes(filtered) == line
