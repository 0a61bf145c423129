"""Store a set, which MongoDB doesn't know."""

from apps import create_app
from apps.store.mongo import database

with create_app().app_context():
    play = database()["play"]
    try:
        play.insert_one({"tags": {"question", "later"}})
    finally:
        play.drop()
