"""Names and addresses that look alike are one."""

import contextlib
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain_error import DomainError
from apps.user.names import BadEmail, BadName, email_key, login_key, name_key

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ada", "ada"),
        ("Ada", "ada"),
        ("ADA_1.x-y", "ada_1.x-y"),
        ("\uff21\uff24\uff21", "ada"),  # full-width letters
        ("Stra\u00dfe", "strasse"),
        ("STRASSE", "strasse"),
        ("e\u0301lan", "\u00e9lan"),
        ("\u00c9LAN", "\u00e9lan"),
        ("\ufb01n", "fin"),  # a ligature
        ("\u0391\u03a3", "\u03b1\u03c3"),
        ("\u0391\u03c2", "\u03b1\u03c3"),  # a final sigma
        ("\u212bngstr\u00f6m", "\u00e5ngstr\u00f6m"),
        ("\u738b\u5c0f\u660e", "\u738b\u5c0f\u660e"),
        ("x" * 64, "x" * 64),
        (" ada ", "ada"),
        ("\u00a0Ada\u3000\r\n", "ada"),
        (" " * 5000 + "ada", "ada"),
    ],
)
def test_a_name_has_one_form(name: str, key: str) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("x" * 65, "at most 64"),
        ("\ufdfa" * 10, "at most 64"),  # folds to 18 characters, with spaces
        ("a@b", '"@"'),
        ("a\uff20b", '"@"'),  # a full-width @
        ("a:b", '":"'),
        ("a\uff1ab", '":"'),
        ("a b", "spaces"),
        (" ", "empty"),
        ("\u200bada", "invisible"),
        ("ada\ufeff", "invisible"),
        ("a\u00a0b", "spaces"),
        ("a\u3000b", "spaces"),
        ("a\x00b", "control"),
        ("a\x1bb", "control"),
        ("a\x85b", "control"),
        ("a\u200bb", "invisible"),
        ("a\u200db", "invisible"),
        ("a\u202eb", "invisible"),  # turns the direction of writing
        ("a\u00adb", "invisible"),
        ("a\ufe0fb", "invisible"),
        ("a\u3164b", "invisible"),
        ("a\ud800b", "control"),
        ("\U000e0001", "invisible"),
        ("\u0301ada", "mark"),
    ],
)
def test_a_name_that_nobody_can_have(name: str, reason: str) -> None:
    with pytest.raises(BadName, match=reason) as refusal:
        name_key(name)
    assert refusal.value.field == "name"


@pytest.mark.parametrize(
    ("email", "key"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("ada.l+flask@mail.example.org", "ada.l+flask@mail.example.org"),
        ("o'neil_{x}@example.org", "o'neil_{x}@example.org"),
        ("e\u0301va@B\u00dcCHER.example", "\u00e9va@b\u00fccher.example"),
        ("root@localhost", "root@localhost"),
        (" ada@example.org\t", "ada@example.org"),
        ("ada@example.org\n", "ada@example.org"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_an_address_has_one_form(email: str, key: str) -> None:
    assert email_key(email) == key


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@",
        "ada@",
        "@example.org",
        "ada@b@c",
        "ada@example..org",
        "ada@.example.org",
        "ada@example.org.",
        "ada@-example.org",
        "ada@example-.org",
        ".ada@example.org",
        "ada.@example.org",
        "a..b@example.org",
        "a da@example.org",
        "ada@exam ple.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada\x00@example.org",
        "ada\u200b@example.org",
        "ada\ud800@example.org",
        "ada@example\u202e.org",
        "Ada <ada@example.org>",
        "ada,eve@example.org",
        '"a b"@example.org',
        "ada@[127.0.0.1]",
        "ada@example.org:25",
        "ada\uff20example.org",
        "x" * 65 + "@example.org",
        "ada@" + "a." * 130 + "org",
        "ada@" + "a" * 64 + ".org",
    ],
)
def test_what_is_no_address(email: str) -> None:
    with pytest.raises(BadEmail) as refusal:
        email_key(email)
    assert refusal.value.field == "email"


def test_a_long_bad_address_is_refused_at_once() -> None:
    for email in ("a" * 100_000, "a." * 50_000 + "@", "a@" + "a-" * 50_000):
        with pytest.raises(BadEmail):
            email_key(email)


def test_a_reader_logs_in_with_either() -> None:
    assert login_key("ADA") == name_key("ada")
    assert login_key(" ada@example.org ") == email_key("ada@example.org")
    assert login_key("ADA@example.org") == email_key("ada@Example.org")
    with pytest.raises(BadName):
        login_key("a b")
    with pytest.raises(BadEmail):
        login_key("a@")


@given(ANY)
def test_folding_twice_changes_nothing(text: str) -> None:
    for key in (name_key, email_key, login_key):
        try:
            folded = key(text)
        except DomainError:
            continue
        assert key(folded) == folded
        assert key(text.casefold()) == folded


@given(ANY, ANY)
def test_no_name_is_also_an_address(name: str, email: str) -> None:
    with contextlib.suppress(BadName):
        assert "@" not in name_key(name)
    with contextlib.suppress(BadEmail):
        assert "@" in email_key(email)


def test_a_text_without_end_is_cut_before_it_is_folded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unicode's rules take hours for a megabyte of accents on one letter."""
    folded: list[int] = []

    def normalize(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        folded.append(len(text))
        return original(form, text)

    original = unicodedata.normalize
    monkeypatch.setattr(unicodedata, "normalize", normalize)
    with pytest.raises(BadName):
        name_key("a" + "\u0344\u0334" * 10**6)  # the first of them counts as two
    with pytest.raises(BadEmail):
        email_key("a" + "\u0344\u0334" * 10**6 + "@example.org")
    assert max(folded) <= 1024


def test_a_long_name_or_address_may_be_written_with_accents_apart() -> None:
    name = "\u1ebf" * 64  # three code points each, where it is taken apart
    assert name_key(unicodedata.normalize("NFD", name)) == name
    email = "\u1ebf" * 21 + "@" + ".".join(["\u1ebf" * 20] * 3)
    assert len(email.encode()) > 240
    assert email_key(unicodedata.normalize("NFD", email)) == email
