"""Ask for the notes of an author who is no number."""

from apps import create_app
from apps.note import backend
from apps.note.models import Note

with create_app().app_context():
    now = backend.now()
    for author, body in (17, "My secret"), (18, "Another"):
        backend.add(Note("", author, "auth/", None, body, [], False, now, now))
    for author in 17, {"$gt": 0}:
        print(author, [note.body for note in backend.by_author(author, 10)])
    backend.remove_all(17)
    backend.remove_all(18)
