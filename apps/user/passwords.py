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

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerificationError
from flask import current_app

from apps.domain_error import DomainError

MIN_CHARACTERS, MAX_CHARACTERS = 8, 128  # code points, after normalisation
MAX_CHARACTERS_READ = 512  # of what was sent: NFC leaves a quarter at least
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

    A wrong one takes as long as today's hashes do, also where there is none (no such
    account) or an older, cheaper one, so that nobody can measure who has an account.
    """
    with contextlib.suppress(VerificationError, ValueError):  # no hash at all
        return _hasher(*_cost()).verify(stored_hash or "", _encoded(password))
    _work(_cost_left(stored_hash), password)
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


def _cost_left(stored_hash: str | None) -> tuple[int, int, int]:
    """Return what today's hashes cost, less what checking the stored one has cost.

    Argon2's time grows with memory times passes, so the rest is taken off the memory.
    """
    memory, time, lanes = _cost()
    with contextlib.suppress(ValueError):  # no hash: nothing was done
        done = extract_parameters(stored_hash or "")
        memory -= done.memory_cost * done.time_cost // time
    return memory, time, lanes


def _work(cost: tuple[int, int, int], password: str) -> None:
    """Hash a password for nothing; Argon2 takes 8 KiB a lane at least."""
    memory, _, lanes = cost
    if memory >= 8 * lanes:
        _hasher(*cost).hash(_encoded(password))
