"""Store three documents, and ask for them by example."""

from apps import create_app
from apps.store.mongo import database

with create_app().app_context():
    play = database()["play"]
    play.drop()
    play.insert_one({"number": 1, "part": "auth/", "tags": ["question"]})
    play.insert_one({"number": 2, "part": "auth/", "tags": ["question", "later"]})
    play.insert_one({"number": 3, "part": "jwt/"})
    print(play.find_one({"number": 1}))
    for wanted in (
        {},
        {"part": "auth/", "number": 2},
        {"tags": "question"},
        {"number": {"$gt": 1}},
        {"$or": [{"part": "jwt/"}, {"tags": "later"}]},
    ):
        found = play.find(wanted).sort("number", -1).limit(10)
        print([document["number"] for document in found], wanted)
    play.drop()
