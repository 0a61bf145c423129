"""What a file is, as its bytes tell: nobody's word for it counts."""

import codecs
import re
from collections.abc import Callable
from typing import IO, NamedTuple

from apps.file import archives, pictures
from apps.file.models import BadContents, BadFile

CHUNK_BYTES = 64 * 1024
CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")  # of no plain text


class WrongType(BadFile):
    """The bytes are not of the type that was announced."""

    field = "type"


class Kind(NamedTuple):
    """How names of a type end, how its bytes begin, and what is checked in them."""

    suffixes: tuple[str, ...]
    begins: re.Pattern[bytes] | None  # None: like none of the others
    check: Callable[[IO[bytes], int], None]  # raises BadContents
    shown: bool = False  # by browsers, in a page or alone; others are downloaded


def check_text(file: IO[bytes], size: int) -> None:
    """Raise BadContents unless a file is UTF-8 without control characters."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK_BYTES):
            if CONTROLS.search(decoder.decode(chunk)):
                raise BadContents("holds control characters: it is no plain text")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadContents("is not UTF-8") from None


def check_pdf(file: IO[bytes], size: int) -> None:
    """Raise BadContents for a PDF without its end."""
    file.seek(max(0, size - 1024))
    if b"%%EOF" not in file.read():
        raise BadContents("ends too early")


def _found(head: bytes) -> str | None:
    """Name the type that begins like this."""
    for name, kind in KINDS.items():
        if kind.begins and kind.begins.match(head):
            return name
    return None


def _begins(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


KINDS = {
    "image/png": Kind((".png",), _begins(rb"\x89PNG\r\n\x1a\n"), pictures.png, True),
    "image/jpeg": Kind(
        (".jpg", ".jpeg"), _begins(rb"\xff\xd8\xff"), pictures.jpeg, True
    ),
    "image/gif": Kind((".gif",), _begins(rb"GIF8[79]a"), pictures.gif, True),
    "image/webp": Kind((".webp",), _begins(rb"RIFF....WEBP"), pictures.webp, True),
    "application/pdf": Kind((".pdf",), _begins(rb"%PDF-\d"), check_pdf),
    "application/zip": Kind((".zip",), _begins(rb"PK[\3\5][\4\6]"), archives.check),
    "text/plain": Kind((".txt",), None, check_text),
    "text/markdown": Kind((".md",), None, check_text),
}


def check(type: str, file: IO[bytes], size: int) -> None:
    """Look into a file of size bytes. Raises WrongType, BadContents."""
    file.seek(0)
    head = file.read(16)
    kind, found = KINDS[type], _found(head)
    if found != (type if kind.begins else None):
        raise WrongType(f"is {type}, but the file is {found or 'something else'}")
    file.seek(0)
    kind.check(file, size)
