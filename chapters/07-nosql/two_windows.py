"""Change a note in two windows, in both of which it was opened before."""

from dataclasses import replace

from apps import create_app
from apps.note import backend
from apps.note.models import Note

with create_app().app_context():
    now = backend.now()
    note = backend.add(Note("", 17, "auth/", None, "Why?", [], False, now, now))
    phone, laptop = backend.find(note.id), backend.find(note.id)
    for window, body in (phone, "Why? Asked Bob."), (laptop, "Why? See part 3."):
        changed = replace(window, body=body, version=window.version + 1)
        print(backend.change(changed, window.version), backend.find(note.id).body)
    backend.remove_all(17)
