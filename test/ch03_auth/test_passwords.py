"""Which passwords are taken, and what is kept of them."""

import os
import statistics
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type
from flask import Flask

from apps import create_app
from apps.user import passwords
from apps.user.passwords import WeakPassword, check

EMAIL = "lovelace@example.org"
GOOD = "difference engine"


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    """Let the functions see the app's settings."""
    with app.app_context():
        yield


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "tr0ub4dr",
        "x" * 60 + "y" * 68,
        "\u00e9t\u00e9 \u00e0 la mer",
        "\u4eca\u65e5\u306f\u66c7\u308a\u7a7a\u3060\u306d",
        "\U0001f600\U0001f601\U0001f602\U0001f603 ok!",
        "ada wrote it down",
        "nineteen-forty",
    ],
)
def test_length_is_enough(password: str) -> None:
    check(password, "ada", EMAIL)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "at least 8"),
        ("sevench", "at least 8"),
        ("e\u0301" * 7, "at least 8"),  # seven characters, once normalised
        ("\U0001f600\U0001f601\U0001f602\U0001f603", "at least 8"),
        ("xy" + "z" * 127, "at most 128"),
        ("line\nbreaks", "control"),
        ("nul\x00nul\x00", "control"),
        ("half\ud800half", "control"),
        ("password", "too common"),
        ("PassWord1", "too common"),
        ("\uff50assword", "too common"),
        ("12345678", "too common"),
        ("qwertyuiop", "too common"),
        ("1qaz2wsx", "too common"),
        ("Summer2026", "too common"),
        ("iloveyou123", "too common"),
        ("zzzzzzzzzzzz", "too common"),
        ("xk4xk4xk4", "too common"),
        ("lovelace", "your name"),
        ("Lovelace1815", "your name"),
        ("LOVELACE@EXAMPLE.ORG", "your name"),
        ("ada-ada-ada!", "your name"),
        ("19ada75!", "your name"),
    ],
)
def test_a_weak_password_is_refused(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword, match=reason) as refusal:
        check(password, "ada", EMAIL)
    assert refusal.value.field == "password"
    assert not password or password not in refusal.value.reason


def test_128_characters_are_counted_after_normalisation() -> None:
    check("xy" + "e\u0301a" * 63, "ada", EMAIL)


def test_a_refusal_names_the_field_of_the_form() -> None:
    with pytest.raises(WeakPassword) as refusal:
        check("password", "ada", EMAIL, "new_password")
    assert refusal.value.extra == {
        "errors": [{"field": "new_password", "reason": refusal.value.reason}]
    }


def test_the_list_is_long_and_made_of_what_it_could_refuse() -> None:
    useful = [one for one in passwords.common() if len(one) >= passwords.MIN_CHARACTERS]
    assert len(useful) >= 3000


def test_a_hash_is_argon2id_with_a_salt_of_its_own(app: Flask) -> None:
    first, second = passwords.hash(GOOD), passwords.hash(GOOD)
    assert first != second
    assert GOOD not in first
    parameters = extract_parameters(first)
    assert parameters.type is Type.ID
    assert parameters.memory_cost == app.config["PASSWORD_MEMORY"]


def test_only_the_password_itself_is_right() -> None:
    kept = passwords.hash(GOOD)
    assert passwords.verify(kept, GOOD)
    for wrong in ("", GOOD + " ", GOOD.upper(), "\ud800", "x" * 100_000):
        assert not passwords.verify(kept, wrong)


def test_two_ways_to_write_a_letter_are_one_password() -> None:
    word = "d\u00e9j\u00e0 vu encore"
    kept = passwords.hash(unicodedata.normalize("NFD", word))
    assert passwords.verify(kept, unicodedata.normalize("NFC", word))
    assert not passwords.verify(kept, "deja vu encore")


@pytest.mark.parametrize("kept", [None, "", "!", "$argon2id$broken", "\u00e9"])
def test_nothing_fits_a_hash_that_is_none(kept: str | None) -> None:
    for password in ("", "!", GOOD, "\xff", "\ud800"):
        assert not passwords.verify(kept, password)


def test_higher_parameters_ask_for_a_new_hash(own_app: Flask) -> None:
    kept = passwords.hash(GOOD)
    assert not passwords.needs_rehash(kept)
    own_app.config["PASSWORD_TIME"] += 1
    assert passwords.needs_rehash(kept)
    assert passwords.verify(kept, GOOD)
    assert not passwords.needs_rehash(passwords.hash(GOOD))


def test_nobody_takes_as_long_as_somebody(own_app: Flask) -> None:
    own_app.config.update(PASSWORD_MEMORY=8192, PASSWORD_TIME=2)
    kept = passwords.hash(GOOD)

    def measured(known: str | None) -> float:
        begun = time.process_time()
        passwords.verify(known, "difference engines")
        return time.process_time() - begun

    pairs = [(measured(kept), measured(None)) for _ in range(15)]
    ratio = statistics.median(one for one, _ in pairs) / statistics.median(
        other for _, other in pairs
    )
    assert 0.5 < ratio < 2  # without that work it is above 1000


@pytest.mark.parametrize(
    ("memory", "passes"), [(8192, 2), (4096, 2), (8192, 1), (1024, 1), (16384, 1)]
)
def test_a_wrong_guess_costs_todays_work_whatever_hash_is_stored(
    own_app: Flask, work: list[int], memory: int, passes: int
) -> None:
    own_app.config.update(PASSWORD_MEMORY=memory, PASSWORD_TIME=passes)
    kept = passwords.hash(GOOD)
    own_app.config.update(PASSWORD_MEMORY=8192, PASSWORD_TIME=2)
    for stored in (kept, None, "!"):
        work.clear()
        assert not passwords.verify(stored, "difference engines")
        assert sum(work) == 8192 * 2


def test_the_public_app_pays_for_its_hashes(settings: dict[str, object]) -> None:
    told = {**settings, "APP_CONFIG": "production", "SECRET_KEY": os.urandom(32).hex()}
    config = create_app({key: told[key] for key in told if key != "TESTING"}).config
    assert config["PASSWORD_MEMORY"] >= 64 * 1024  # KiB: RFC 9106's second choice
    assert config["PASSWORD_TIME"] >= 3


def test_the_list_is_what_its_program_writes(root: Path) -> None:
    program = root / "course" / "common_passwords.py"
    if not program.exists():
        return  # a checkpoint has the list only
    code = "import common_passwords as c; print('\\n'.join(c.passwords()))"
    made = subprocess.run(
        [sys.executable, "-c", code],
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert made.stdout == passwords.COMMON.read_text(encoding="utf-8")


def test_tests_pay_the_least_for_a_hash(app: Flask) -> None:
    with app.app_context():
        cost = extract_parameters(passwords.hash("correct horse battery"))
    assert (cost.memory_cost, cost.time_cost) == (8, 1)


def test_a_password_without_end_is_cut_before_it_is_normalised(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unicode's rules take hours for a megabyte of accents on one letter."""
    lengths: list[int] = []

    def normalize(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        lengths.append(len(text))
        return original(form, text)

    original = unicodedata.normalize
    monkeypatch.setattr(unicodedata, "normalize", normalize)
    with pytest.raises(WeakPassword, match="at most 128"):
        check("x" * 10**6, "ada", "ada@example.org")
    with app.app_context():
        assert not passwords.verify(None, "x" * 10**6)
    assert max(lengths) <= 512


def test_a_long_password_may_be_written_with_accents_apart() -> None:
    password = "\u1f82\u1f83\u1f92" * 42 + "\u1f93\u1fa3"
    apart = unicodedata.normalize("NFD", password)
    assert (len(password), len(apart)) == (128, 512)
    check(apart, "ada", EMAIL)
    assert passwords.verify(passwords.hash(password), apart)
