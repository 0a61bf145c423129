"""What a picture's header says: its size in pixels, and whether its end has come.

Nothing is decoded here. A decoder would need memory for each pixel, and a picture of
20 KB may claim 10,000 million of them: who opens it gets stuck, which is why it is
refused (a "pixel bomb"). Whatever follows the end could be a second file in disguise.
"""

import struct
from typing import IO

from apps.file.models import BadContents

MAX_PIXELS = 50_000_000  # more than any phone's camera writes by default
MAX_CHUNKS = 50_000  # of a PNG; parts of a JPEG before its pixels
EARLY, LATE = "ends too early", "goes on after its end"


def png(file: IO[bytes], size: int) -> None:
    """Go through the chunks of a PNG, each with its length, from IHDR to IEND."""
    file.seek(8)
    at, kind = 8, b""
    for number in range(MAX_CHUNKS):
        length, kind = struct.unpack(">I4s", _read(file, 8))
        if number == 0:
            _require(kind == b"IHDR" and length == 13)
            _check_pixels(*struct.unpack(">II", _read(file, 8)))
        at += 12 + length
        if kind == b"IEND" or at > size:
            break
        file.seek(at)
    _require(kind == b"IEND")
    _check_end(at, size)


def jpeg(file: IO[bytes], size: int) -> None:
    """Go through the segments of a JPEG to the one with its size; look at its end."""
    file.seek(2)
    for _ in range(MAX_CHUNKS):
        mark, kind, length = struct.unpack(">BBH", _read(file, 4))
        _require(mark == 0xFF and kind != 0xD9 and length >= 2)
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):  # start of frame
            _, height, width = struct.unpack(">BHH", _read(file, 5))
            _check_pixels(width, height)
            break
        file.seek(length - 2, 1)
    else:
        _require(False)
    file.seek(size - 2)
    if _read(file, 2) != b"\xff\xd9":
        raise BadContents(EARLY)


def gif(file: IO[bytes], size: int) -> None:
    """Read the size of a GIF's screen, and its last byte."""
    file.seek(6)
    _check_pixels(*struct.unpack("<HH", _read(file, 4)))
    file.seek(size - 1)
    if _read(file, 1) != b";":
        raise BadContents(EARLY)


def webp(file: IO[bytes], size: int) -> None:
    """Read the size of a WebP, which each of its three forms writes its own way."""
    file.seek(4)
    (length,) = struct.unpack("<I", _read(file, 4))
    _check_end(8 + length + length % 2, size)
    file.seek(12)
    kind, head = _read(file, 4), _read(file, 14)
    if kind == b"VP8X":
        width, height = (int.from_bytes(head[n : n + 3], "little") + 1 for n in (8, 11))
    elif kind == b"VP8L":
        bits = int.from_bytes(head[5:9], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        _require(kind == b"VP8 " and head[7:10] == b"\x9d\x01\x2a")
        width, height = (n & 0x3FFF for n in struct.unpack("<HH", head[10:14]))
    _check_pixels(width, height)


def _check_pixels(width: int, height: int) -> None:
    if not 0 < width * height <= MAX_PIXELS:
        raise BadContents(f"must have at most {MAX_PIXELS} pixels, and one at least")


def _check_end(end: int, size: int) -> None:
    if end != size:
        raise BadContents(EARLY if end > size else LATE)


def _read(file: IO[bytes], count: int) -> bytes:
    """Read so many bytes. Raises BadContents if there are fewer."""
    found = file.read(count)
    if len(found) < count:
        raise BadContents(EARLY)
    return found


def _require(fits: bool) -> None:
    if not fits:
        raise BadContents("is no picture of its type")
