"""What is in a ZIP archive, as its directory says: nothing is unpacked here.

Whoever unpacks it should get what they expect: files in the folder where they unpack
it, with names that can be told apart, and not a thousand times as much as they loaded.
"""

import stat
import struct
import zipfile
from typing import IO

from apps.file.models import BadContents
from apps.file.names import BadFileName, check_characters, look_alike_key

MAX_MEMBERS = 2000
MAX_DIRECTORY_BYTES = 512 * 1024  # read whole, so it is small
MAX_UNPACKED = 1024**3
MAX_RATIO = 100  # unpacked bytes for each byte of the archive
END = struct.Struct("<4s4H2LH")  # the record at the archive's end
LONGEST_COMMENT = 65535  # which may follow it


def check(file: IO[bytes], size: int) -> None:
    """Raise BadContents for an archive that could harm whoever unpacks it."""
    _check_directory(file, size)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        raise BadContents("is no whole ZIP archive") from None
    seen = set[str]()
    for member in members:
        _check_member(member)
        key = look_alike_key(member.orig_filename.rstrip("/"))
        if key in seen:
            raise BadContents("holds two names that look alike")
        seen.add(key)
    packed = sum(member.compress_size for member in members)
    unpacked = sum(member.file_size for member in members)
    if packed > size or unpacked > min(MAX_UNPACKED, MAX_RATIO * size):
        raise BadContents("would be far larger once it is unpacked")


def _check_directory(file: IO[bytes], size: int) -> None:
    """Raise BadContents if the directory is too long to be read, before it is."""
    file.seek(max(0, size - END.size - LONGEST_COMMENT))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < END.size:
        raise BadContents("ends too early")
    _, _, _, _, count, length, _, comment = END.unpack_from(tail, at)
    if len(tail) - at != END.size + comment:
        raise BadContents("goes on after its end")
    if tail[max(0, at - 20) : at].startswith(b"PK\6\7"):  # ZIP64, for larger ones
        raise BadContents("is a ZIP archive of a kind for enormous files")
    if count > MAX_MEMBERS or length > MAX_DIRECTORY_BYTES:
        raise BadContents(f"holds more than {MAX_MEMBERS} files")


def _check_member(member: zipfile.ZipInfo) -> None:
    """Raise BadContents for a name that leads out of the folder, and for a link."""
    name = member.orig_filename
    parts = name.removesuffix("/").split("/")
    if "\\" in name or ":" in name or {"", ".", ".."} & set(parts):
        raise BadContents("holds a name that leads to another folder")
    try:
        check_characters(name)
    except BadFileName as error:
        raise BadContents(f"holds a name that {error.reason}") from None
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadContents("holds a link, or something else that is no file")
    if member.flag_bits & 1:
        raise BadContents("is encrypted")
