"""Which files are taken: what their name, type and size may be, as the settings say."""

from flask import current_app

from apps.file.kinds import KINDS
from apps.file.models import BadFile, NewFile
from apps.file.names import BadFileName, file_name

MAX_FILES = 1000  # of one user


class BadType(BadFile):
    """A type that is not taken here."""

    field = "type"


class BadSize(BadFile):
    """A file is empty, or larger than any may be."""

    field = "size"


class QuotaExceeded(BadFile):
    """The user's files would be too many, or too large together."""

    field = "size"


def new_file(name: str, type: str, size: int) -> NewFile:
    """Check what somebody says of a file. Raises BadFileName, BadType, BadSize."""
    name, types = file_name(name), current_app.config["FILES_TYPES"]
    if type not in types:
        raise BadType(f"must be one of {', '.join(types)}")
    suffixes = KINDS[type].suffixes
    if not name.lower().endswith(suffixes):
        raise BadFileName(f"must end in {' or '.join(suffixes)}, as its type says")
    most = max_bytes()
    if not 1 <= size <= most:
        raise BadSize("must not be 0" if size < 1 else f"must be at most {most} bytes")
    return NewFile(name, type, int(size))


def types_by_suffix() -> dict[str, str]:
    """Return the types that are taken, by the endings of their names."""
    types: tuple[str, ...] = current_app.config["FILES_TYPES"]
    return {suffix: type for type in types for suffix in KINDS[type].suffixes}


def type_of(name: str) -> str:
    """Return the type that a name's ending stands for. Raises BadFileName."""
    known = types_by_suffix()
    for suffix, type in known.items():
        if name.lower().endswith(suffix):
            return type
    raise BadFileName(f"must end in {', '.join(known)}")


def max_bytes() -> int:
    """Return how large a file may be."""
    most: int = current_app.config["FILES_MAX_BYTES"]
    return most


def quota() -> int:
    """Return how many bytes the files of one user may have together."""
    most: int = current_app.config["FILES_QUOTA"]
    return most


def check_quota(count: int, used: int, size: int) -> None:
    """Raise QuotaExceeded if a user who has so much may not add a file of that size."""
    if count >= MAX_FILES:
        raise QuotaExceeded(f"is one file too many: you may have {MAX_FILES}")
    if used + size > quota():
        raise QuotaExceeded(f"is too much: your files may have {quota()} bytes in all")
