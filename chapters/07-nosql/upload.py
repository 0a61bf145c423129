"""Upload a file as ada: `upload.py FILE [TYPE]`; `--twice` uses the token again."""

import argparse
from pathlib import Path

from apps import create_app
from apps.file import domain
from apps.user.domain import find

parser = argparse.ArgumentParser()
parser.add_argument("file", type=Path)
parser.add_argument("type", nargs="?", default="text/plain")
parser.add_argument("--twice", action="store_true")
told = parser.parse_args()

with create_app().app_context():
    try:
        size = told.file.stat().st_size
        token = domain.announce(find("ada"), told.file.name, told.type, size)
        for _ in range(1 + told.twice):
            with told.file.open("rb") as body:
                file = domain.receive(token, body)
            print(file.id, file.name, file.size, file.sha256[:12])
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
