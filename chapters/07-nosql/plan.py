"""Write a note, and ask how notes are found."""

from apps import create_app
from apps.note import backend
from apps.note.models import Note, Quote
from apps.store.mongo import database

with create_app().app_context():
    quote, now = Quote("a session"), backend.now()
    note = Note("", 17, "auth/", quote, "When?", ["question"], False, now, now)
    found = backend.find(backend.add(note).id)
    print(found.quote, found.tags)
    print([len(backend.on_part("auth/", reader, 10)) for reader in (17, 18)])
    backend.remove_all(17)
    plan = database()["notes"].find({"author_id": 17}).explain()
    print(plan["queryPlanner"]["winningPlan"][0]["detail"])
