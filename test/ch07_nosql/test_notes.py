"""Notes: what the rules and the store promise, on every server that we know."""

import dataclasses
import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from servers.mongo import MongoServer

from apps.note import backend, domain
from apps.note.checking import BadCursor, BadNote
from apps.note.domain import NoteChanged, NoteNotFound, NotYourNote, TooManyNotes
from apps.note.models import Note, Quote
from apps.permission import domain as permissions
from apps.store.database import db
from apps.user import domain as accounts
from apps.user.domain import WrongCredentials
from apps.user.models import User

pytestmark = pytest.mark.usefixtures("both_mongo")
QUOTE = Quote("a session", "begins ", " of two weeks")


@pytest.fixture
def in_app(app: Flask, make_user: Callable[..., User]) -> Iterator[None]:
    """Be inside the app, which has two users."""
    make_user("ada")
    make_user("bob")
    with app.app_context():
        yield


@pytest.fixture
def ada(in_app: None) -> User:
    return find("ada")


@pytest.fixture
def bob(in_app: None) -> User:
    return find("bob")


def find(name: str) -> User:
    """Read a user as a request does, with what is allowed."""
    found = accounts.find(name)
    assert found
    return found


def write(author: User, body: str = "Why?", **fields: object) -> Note:
    return domain.write(author, **({"part": "auth/", "body": body} | fields))


def test_a_note_is_found_as_it_was_written(ada: User) -> None:
    note = write(ada, "*Why?*\r\n\U0001f600", quote=QUOTE, tags=["To do"], shared=True)
    assert note.body == "*Why?*\n\U0001f600"
    assert (note.author_id, note.part, note.quote) == (ada.id, "auth/", QUOTE)
    assert (note.tags, note.shared, note.version) == (["to-do"], True, 1)
    assert note.created_at == note.changed_at
    assert note.created_at.utcoffset() is not None
    assert domain.find(note.id, ada) == note
    assert domain.mine(ada).notes == domain.on_part("auth/", ada) == [note]


def test_a_note_is_changed_and_has_a_new_version(ada: User) -> None:
    note = write(ada, quote=QUOTE)
    new = domain.rewrite(
        note.id, ada, body="Now I know.", tags=["done"], shared=True, version=1
    )
    assert new.changed_at >= note.changed_at
    expected = dataclasses.replace(
        note,
        body="Now I know.",
        tags=["done"],
        shared=True,
        version=2,
        changed_at=new.changed_at,
    )
    assert domain.find(note.id, ada) == new == expected


def test_who_read_an_old_version_overwrites_nothing(ada: User) -> None:
    note = write(ada)
    new = domain.rewrite(note.id, ada, body="One", tags=[], shared=False, version=1)
    with pytest.raises(NoteChanged):
        domain.rewrite(note.id, ada, body="Two", tags=[], shared=False, version=1)
    with pytest.raises(NoteChanged):
        domain.remove(note.id, ada, version=1)
    assert domain.find(note.id, ada) == new
    domain.remove(note.id, ada, version=2)
    with pytest.raises(NoteNotFound):
        domain.rewrite(note.id, ada, body="Two", tags=[], shared=False, version=2)


def test_a_private_note_is_not_there_for_others(ada: User, bob: User) -> None:
    note = write(ada)
    assert domain.on_part("auth/", bob) == domain.mine(bob).notes == []
    with pytest.raises(NoteNotFound):
        domain.find(note.id, bob)
    with pytest.raises(NoteNotFound):
        domain.remove(note.id, bob)
    with pytest.raises(NoteNotFound):
        domain.rewrite(note.id, bob, body="!", tags=[], shared=False, version=1)
    assert domain.find(note.id, ada) == note


def test_a_shared_note_is_read_by_others_and_changed_by_its_author(
    ada: User, bob: User
) -> None:
    note = write(ada, shared=True)
    assert domain.find(note.id, bob) == note
    assert domain.on_part("auth/", bob) == [note]
    assert domain.mine(bob).notes == []
    with pytest.raises(NotYourNote):
        domain.remove(note.id, bob)
    with pytest.raises(NotYourNote):
        domain.rewrite(note.id, bob, body="!", tags=[], shared=False, version=1)
    assert domain.find(note.id, ada) == note


def test_a_moderator_removes_what_others_share_and_nothing_else(
    ada: User, bob: User
) -> None:
    permissions.grant(bob.id, "moderator")
    db.session.expire_all()
    shared, private = write(ada, shared=True), write(ada)
    domain.remove(shared.id, bob)
    with pytest.raises(NoteNotFound):
        domain.remove(private.id, bob)
    assert domain.mine(ada).notes == [private]


def test_a_list_is_read_page_by_page_to_its_end(ada: User, bob: User) -> None:
    notes = [write(ada, f"Note {number}") for number in range(7)][::-1]
    write(bob, shared=True)
    page = domain.mine(ada, limit=3)
    assert page.notes == notes[:3]
    write(ada, "meanwhile")  # a page by number would show the last one again
    domain.remove(notes[1].id, ada)
    page = domain.mine(ada, limit=3, after=page.next_cursor)
    assert page.notes == notes[3:6]
    page = domain.mine(ada, limit=3, after=page.next_cursor)
    assert page == domain.Page(notes[6:], None)
    assert domain.mine(ada, limit=7).next_cursor is None


def test_a_list_is_of_one_part_or_one_tag(ada: User) -> None:
    first = write(ada, tags=["one", "both"])
    second = write(ada, tags=["two", "both"], part="jwt/2-keys")
    assert domain.mine(ada, tag="Both").notes == [second, first]
    assert domain.mine(ada, tag="two").notes == [second]
    assert domain.mine(ada, part="auth/").notes == [first]
    assert domain.mine(ada, part="auth/", tag="two").notes == []


def test_notes_go_with_the_account(
    ada: User, bob: User, mongo_server: MongoServer
) -> None:
    write(ada, shared=True)
    write(ada, quote=QUOTE)
    kept = write(bob, shared=True)
    accounts.delete(ada)
    assert domain.on_part("auth/", bob) == [kept]
    database = mongo_server.client.get_default_database("lectern")
    for name in database.list_collection_names():  # of whichever there are
        left = list(database[name].find())
        assert [document["author_id"] for document in left] == [bob.id]


def test_a_note_and_a_deletion_at_the_same_time_leave_no_note(
    both: str,
    app: Flask,
    ada: User,
    mongo_server: MongoServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused: list[type[Exception]] = []

    def write_late() -> None:
        with app.app_context():
            try:
                write(ada, shared=True)
            except WrongCredentials as error:
                refused.append(type(error))

    late, remove_all = threading.Thread(target=write_late), backend.remove_all

    def remove_all_and_go_on(author_id: int) -> None:
        remove_all(author_id)
        late.start()

    monkeypatch.setattr(backend, "remove_all", remove_all_and_go_on)
    accounts.delete(ada)
    late.join()
    assert refused == [WrongCredentials]
    assert (
        mongo_server.client.get_default_database("lectern")["notes"].find_one() is None
    )


def test_a_deletion_waits_for_a_note_that_is_being_written(
    both: str,
    app: Flask,
    ada: User,
    mongo_server: MongoServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def delete() -> None:
        with app.app_context():
            accounts.delete(find("ada"))

    deletion, add = threading.Thread(target=delete), backend.add

    def add_late(note: Note) -> Note:
        deletion.start()
        return add(note)

    monkeypatch.setattr(backend, "add", add_late)
    assert write(ada, shared=True)
    deletion.join()
    assert (
        mongo_server.client.get_default_database("lectern")["notes"].find_one() is None
    )


def test_an_author_has_a_thousand_notes_at_most(
    ada: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "MAX_NOTES", 2)
    note, _ = write(ada), write(ada)
    with pytest.raises(TooManyNotes, match="You have 2 notes"):
        write(ada)
    assert write(bob)
    domain.remove(note.id, ada)
    assert write(ada)


def test_a_page_shows_so_many_notes_at_most(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "MAX_ON_PART", 2)
    notes = [write(ada) for _ in range(3)]
    assert domain.on_part("auth/", ada) == notes[:0:-1]


@pytest.mark.parametrize("after", ["", "x", 1, {"$gt": ""}, "6B0E340EBE90A01B0ADE977F"])
def test_a_cursor_that_is_none_of_ours_is_refused(ada: User, after: object) -> None:
    with pytest.raises(BadCursor, match="after is no cursor"):
        domain.mine(ada, after=after)


def test_all_faults_are_said_at_once(ada: User) -> None:
    with pytest.raises(BadNote) as caught:
        write(ada, " ", part="Auth", tags="one", shared="yes", quote={"exact": ""})
    assert [field for field, _ in caught.value.faults] == [
        "part",
        "quote",
        "body",
        "tags",
        "shared",
    ]
    assert domain.mine(ada).notes == []
