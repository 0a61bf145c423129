"""What a note refuses: operators, keys, types and texts that nobody means."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from servers.mongo import MongoServer

from apps.note import domain
from apps.note.checking import BadNote
from apps.note.domain import NoteNotFound
from apps.note.models import Note, Quote
from apps.user.models import User

ADA = User(id=1, name="ada")
GOOD: dict[str, Any] = {"part": "auth/", "body": "Why?"}
HINDI = "\u0939\u093f\u0928\u094d\u0926\u0940"  # its vowels are marks
DEEP: Any = []
for _ in range(5000):
    DEEP = [DEEP]
HOSTILE = [
    None,
    {"$ne": None},
    {"$gt": ""},
    {"$where": "sleep(1000)"},
    [],
    ["x"],
    DEEP,
    0,
    2**70,
    -1,
    1.5,
    float("nan"),
    True,
    b"bytes",
    "",
    " \n ",
    "\0",
    "a\0b",
    "\ud800",
    "\x1b[2J",
    "$where",
    "x" * 1_000_000,
    "e" + "\u0301" * 100_000,
]


@pytest.fixture(autouse=True)
def in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def note() -> Note:
    return domain.write(ADA, **GOOD)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["part", "body", "tags", "shared", "quote"])
def test_a_value_of_no_good_kind_stores_nothing(
    field: str, value: Any, mongo_server: MongoServer
) -> None:
    meant = [("body", "$where"), ("tags", []), ("tags", ["x"]), ("shared", True)]
    if (field, value) in [*meant, ("quote", None)]:
        assert domain.write(ADA, **(GOOD | {field: value}))
        return
    with pytest.raises(BadNote) as caught:
        domain.write(ADA, **(GOOD | {field: value}))
    assert [name for name, _ in caught.value.faults] == [field]
    assert len(str(caught.value)) < 100  # it doesn't repeat the value
    notes = mongo_server.client.get_default_database("lectern")["notes"]
    assert notes.count_documents({}) == 0


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_finds_changes_or_removes_somebody_elses_note(
    note: Note, value: Any
) -> None:
    bob = User(id=2, name="bob")
    new = {"body": "!", "tags": [], "shared": True}
    with pytest.raises(NoteNotFound):
        domain.find(value, bob)
    with pytest.raises(NoteNotFound):
        domain.rewrite(value, bob, version=1, **new)
    with pytest.raises((BadNote, NoteNotFound)):
        domain.rewrite(note.id, bob, version=value, **new)
    with pytest.raises((BadNote, NoteNotFound)):
        domain.remove(note.id, bob, version=value)
    assert domain.find(note.id, ADA) == note


@pytest.mark.parametrize("value", HOSTILE[1:])
@pytest.mark.parametrize("field", ["part", "tag", "limit"])
def test_a_list_is_asked_for_by_good_values_only(field: str, value: Any) -> None:
    with pytest.raises(BadNote):
        domain.mine(ADA, **{field: value})


@pytest.mark.parametrize(
    "quote",
    [
        {},
        {"exact": ""},
        {"exact": {"$ne": 1}},
        {"exact": "x", "prefix": None},
        {"exact": "x", "$where": "1"},
        {"exact": "x", "a.b": "1"},
        {"exact": "x" * 1001},
        {"exact": "x", "suffix": "x" * 101},
        Quote("\0"),
        Quote(["x"]),  # type: ignore[arg-type]
    ],
)
def test_a_quote_has_three_texts_and_no_other_key(quote: object) -> None:
    with pytest.raises(BadNote, match="quote"):
        domain.write(ADA, **GOOD, quote=quote)


@pytest.mark.parametrize(
    ("tag", "stored"),
    [
        ("SQL", "sql"),
        (" to  do ", "to-do"),
        ("\uff21\uff22", "ab"),
        ("stra\u00dfe", "strasse"),
        (
            "\u0939\u093f\u0928\u094d\u0926\u0940",
            "\u0939\u093f\u0928\u094d\u0926\u0940",
        ),
        ("2", "2"),
    ],
)
def test_a_tag_has_one_form(tag: str, stored: str) -> None:
    assert domain.write(ADA, **GOOD, tags=[tag, stored]).tags == [stored]


@pytest.mark.parametrize("tag", ["-", "a/b", "a.b", "$a", "<b>", "\U0001f600"])
def test_a_tag_is_made_of_letters_and_digits(tag: str) -> None:
    with pytest.raises(BadNote, match="tags must"):
        domain.write(ADA, **GOOD, tags=[tag])


def test_limits_are_counted_in_characters() -> None:
    body = "\U0001f600" * 4000
    assert domain.write(ADA, part="auth/", body=body).body == body
    for field, value in [("body", body + "x"), ("tags", [str(n) for n in range(11)])]:
        with pytest.raises(BadNote, match="at most"):
            domain.write(ADA, **(GOOD | {field: value}))
