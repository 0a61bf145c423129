"""Which passwords are good enough, and their hashes: NIST 800-63B, Argon2id.

Length counts, composition does not; what everybody tries first is refused. A password
is NFC-normalised, so that two keyboards which write "é" in two ways agree. Its hash
costs what the settings say: PASSWORD_MEMORY (KiB), PASSWORD_TIME (passes) and
PASSWORD_PARALLEL (lanes).
"""

import contextlib
import functools
import re
import unicodedata
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask import current_app

from apps.domain_error import DomainError

MIN_CHARACTERS, MAX_CHARACTERS = 8, 128  # code points, after normalisation
MAX_CHARACTERS_READ = 1024  # of what was sent: a megabyte of accents would take hours
COMMON = Path(__file__).with_name("common_passwords.txt")
REPEATED = re.compile(r"(.{1,4})\1+", re.DOTALL)
PADDING = re.compile(r"[\W\d_]*")  # what people add to a name to make it longer


class WeakPassword(DomainError):
    """A password that is easily guessed, or that nobody could type again."""

    field = "password"


def check(password: str, name: str, email: str, field: str = "password") -> None:
    """Raise WeakPassword, with the reason, unless the password is good enough.

    name and email are the user's own; field is the password's name in the request.
    """
    password = _normalised(password)
    if len(password) < MIN_CHARACTERS:
        raise WeakPassword(f"must have at least {MIN_CHARACTERS} characters", field)
    if len(password) > MAX_CHARACTERS:
        raise WeakPassword(f"must have at most {MAX_CHARACTERS} characters", field)
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in password):
        raise WeakPassword("must not contain control characters", field)
    folded = _folded(password)
    if folded in common() or REPEATED.fullmatch(folded):
        raise WeakPassword("is too common: attackers try it first", field)
    for own in (name, email, email.partition("@")[0]):
        rest = folded.replace(_folded(own), "") if own else folded
        if rest != folded and PADDING.fullmatch(rest):
            raise WeakPassword("must not be your name or address", field)


def hash(password: str) -> str:
    """Return the password's Argon2id hash, with its parameters and salt in it."""
    return _hasher(*_cost()).hash(_encoded(password))


def verify(stored_hash: str | None, password: str) -> bool:
    """Tell whether the stored hash is one of this password.

    Without a hash (there is no such account) a dummy is checked, and fails after the
    same time, so that nobody can measure who has an account.
    """
    hasher = _hasher(*_cost())
    with contextlib.suppress(VerificationError, ValueError):  # no hash at all
        right = hasher.verify(stored_hash or _dummy(*_cost()), _encoded(password))
        return bool(stored_hash) and right
    return False


def needs_rehash(stored_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher(*_cost()).check_needs_rehash(stored_hash)


@functools.cache
def common() -> frozenset[str]:
    """Read the common passwords, once for each process."""
    return frozenset(map(_folded, COMMON.read_text(encoding="utf-8").split()))


def _encoded(password: str) -> bytes:
    """Normalise; a lone surrogate becomes bytes that belong to no password."""
    return _normalised(password).encode("utf-8", "surrogatepass")


def _normalised(password: str) -> str:
    """Write "é" in one way; what is far too long is cut first, and stays too long."""
    return unicodedata.normalize("NFC", password[:MAX_CHARACTERS_READ])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _cost() -> tuple[int, int, int]:
    config = current_app.config
    memory, time = config["PASSWORD_MEMORY"], config["PASSWORD_TIME"]
    return memory, time, config["PASSWORD_PARALLEL"]


@functools.cache
def _hasher(memory: int, time: int, lanes: int) -> PasswordHasher:
    return PasswordHasher(memory_cost=memory, time_cost=time, parallelism=lanes)


def _dummy(memory: int, time: int, lanes: int) -> str:
    """Return the hash of no password, with today's cost: checking it takes as long."""
    salt, digest = "A" * 22, "A" * 43  # 16 and 32 bytes of zero
    return f"$argon2id$v=19$m={memory},t={time},p={lanes}${salt}${digest}"
