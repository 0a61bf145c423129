"""Read a list of notes in pages of two, while a new one comes."""

from apps import create_app
from apps.note import domain
from apps.store.mongo import database
from apps.user.models import User

ada = User(id=17)


def page_by_number(skip):
    found = database()["notes"].find({"author_id": 17}).sort("_id", -1)
    return [document["body"] for document in found.skip(skip).limit(2)]


with create_app().app_context():
    for body in "one", "two", "three", "four":
        domain.write(ada, part="auth/", body=body)
    page = domain.mine(ada, limit=2)
    print(page_by_number(0), [note.body for note in page.notes])
    domain.write(ada, part="auth/", body="new")
    page = domain.mine(ada, limit=2, after=page.next_cursor)
    print(page_by_number(2), [note.body for note in page.notes])
    domain.forget(ada)
