"""Ask MongoDB for an answer."""

from apps import create_app
from apps.store.mongo import database

with create_app().app_context():
    print(database().command("ping"))
