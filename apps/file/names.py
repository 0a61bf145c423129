"""Names of files: shown and sent, never used as a path, and none that could be one."""

import unicodedata

from apps.file.models import BadFile

MAX_NAME_CHARACTERS = 100
RESERVED = '/\\:*?"<>|'  # separators, and what some system gives a meaning


class BadFileName(BadFile):
    """A name that no file may have."""

    field = "name"


def file_name(text: str) -> str:
    """Return the form in which a file's name is stored. Raises BadFileName."""
    if len(text) > MAX_NAME_CHARACTERS:  # first: what follows takes time for long ones
        raise BadFileName(f"must have at most {MAX_NAME_CHARACTERS} characters")
    name = unicodedata.normalize("NFC", text).strip()
    if not name or name.startswith("."):
        raise BadFileName("must not be empty or begin with a dot")
    if len(name) > MAX_NAME_CHARACTERS:
        raise BadFileName(f"must have at most {MAX_NAME_CHARACTERS} characters")
    check_characters(name)
    # "\uff0f" and its like become a plain slash as soon as some program folds them.
    if set(RESERVED) & set(unicodedata.normalize("NFKC", name)):
        raise BadFileName(f"must not contain {' '.join(RESERVED)} or what looks so")
    return name


def check_characters(name: str) -> None:
    """Raise BadFileName for what is invisible or turns the direction of writing."""
    for character in name:
        kind = unicodedata.category(character)
        if kind[0] in "CZ" and character != " ":
            raise BadFileName("must not contain control or invisible characters")


def look_alike_key(name: str) -> str:
    """Return what two names share that one person, or one disk, may take for one."""
    return unicodedata.normalize("NFKC", name).casefold()
