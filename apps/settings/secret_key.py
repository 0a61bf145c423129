"""The key that signs cookies, where nobody brings one: made once, in a file."""

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

from apps.settings.configuration import ConfigurationError
from apps.settings.strong_key import MIN_CHARACTERS


def read_or_make(file: Path) -> str:
    """Return the key in file, made at random if there is none."""
    try:
        if not file.exists():
            _make(file)
        if file.stat().st_mode & 0o077:
            with contextlib.suppress(OSError):  # some file systems know no modes
                file.chmod(0o600)
        key = file.read_text(encoding="ascii")
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"{file} cannot be used: {error}") from error
    if len(key) < MIN_CHARACTERS:
        raise ConfigurationError(f"{file} is damaged: delete it to have a new one")
    return key


def _make(file: Path) -> None:
    """Write a key whole to a draft, and rename it to file; one process does it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if file.exists():
            return  # made by another process meanwhile
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(descriptor, "w") as stream:
            stream.write(secrets.token_hex())
        draft.rename(file)
    finally:
        os.close(folder)
