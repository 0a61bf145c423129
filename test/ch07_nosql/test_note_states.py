"""Notes under whatever sequence of calls: the store does what a dictionary would."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from servers.mongo import MongoServer, empty

from apps.note import domain
from apps.note.domain import NoteChanged, NoteNotFound, NotYourNote
from apps.note.models import Note, Quote
from apps.user.models import User

TEXT = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=20
)
TAGS = st.lists(st.sampled_from(["a", "b", "c"]), unique=True)
USERS = st.sampled_from([User(id=1), User(id=2)])
PARTS = st.sampled_from(["auth/", "auth/2-transactions", "jwt/"])
QUOTES = st.none() | st.builds(Quote, TEXT, TEXT, TEXT)


class Notes(RuleBasedStateMachine):
    """Does the same to the store and to a dictionary."""

    notes = Bundle("notes")

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, Note] = {}

    @rule(
        target=notes,
        author=USERS,
        part=PARTS,
        body=TEXT,
        tags=TAGS,
        shared=st.booleans(),
        quote=QUOTES,
    )
    def write(self, author: User, **fields: Any) -> Note:
        note = domain.write(author, **fields)
        assert all(getattr(note, name) == value for name, value in fields.items())
        self.model[note.id] = note
        return note

    @rule(
        target=notes,
        note=consumes(notes),
        who=USERS,
        body=TEXT,
        tags=TAGS,
        shared=st.booleans(),
        late=st.booleans(),
    )
    def rewrite(self, note: Note, who: User, late: bool, **new: Any) -> Note:
        expected = self.refusal(note, who)
        version = note.version + 1 if late else note.version
        if not expected and version != self.model[note.id].version:
            expected = NoteChanged
        if expected:
            with pytest.raises(expected):
                domain.rewrite(note.id, who, version=version, **new)
            return note
        changed = domain.rewrite(note.id, who, version=version, **new)
        moment = changed.changed_at
        assert changed == replace(note, **new, version=version + 1, changed_at=moment)
        self.model[note.id] = changed
        return changed

    @rule(note=notes, who=USERS)
    def remove(self, note: Note, who: User) -> None:
        if expected := self.refusal(note, who):
            with pytest.raises(expected):
                domain.remove(note.id, who)
            return
        domain.remove(note.id, who)
        del self.model[note.id]

    @rule(who=USERS)
    def forget(self, who: User) -> None:
        domain.forget(who)
        left = [note for note in self.model.values() if note.author_id != who.id]
        self.model = {note.id: note for note in left}

    @rule(who=USERS, tag=st.none() | st.sampled_from("ab"), limit=st.integers(1, 4))
    def list_all(self, who: User, tag: str | None, limit: int) -> None:
        found: list[Note] = []
        page = domain.mine(who, tag=tag, limit=limit)
        found += page.notes
        while page.next_cursor:
            assert len(page.notes) == limit
            page = domain.mine(who, tag=tag, limit=limit, after=page.next_cursor)
            found += page.notes
        own = [note for note in self.model.values() if note.author_id == who.id]
        assert found == [n for n in newest_first(own) if tag in (None, *n.tags)]

    @invariant()
    def all_is_as_in_the_model(self) -> None:
        for reader in (User(id=1), User(id=2)):
            for part in ("auth/", "auth/2-transactions", "jwt/"):
                there = [note for note in self.model.values() if note.part == part]
                seen = [n for n in there if n.shared or n.author_id == reader.id]
                assert domain.on_part(part, reader) == newest_first(seen)

    def refusal(self, note: Note, who: User) -> type[Exception] | None:
        """Return how somebody is refused a note."""
        there = self.model.get(note.id)
        if there is None or not (there.shared or there.author_id == who.id):
            return NoteNotFound
        return None if there.author_id == who.id else NotYourNote


def newest_first(notes: list[Note]) -> list[Note]:
    return sorted(notes, key=lambda note: note.id, reverse=True)


def test_the_store_does_what_a_dictionary_would(
    app: Flask,
    both_mongo: str,
    mongo_server: MongoServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(domain, "may", lambda user, _, owner: user.id == owner)

    class OnServer(Notes):
        def __init__(self) -> None:
            super().__init__()
            empty(mongo_server)

    few = settings(
        max_examples=15,
        stateful_step_count=15,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with app.app_context():
        run_state_machine_as_test(OnServer, settings=few)
