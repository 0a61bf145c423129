"""Use the app, with its own stores on a small disk, and print what it answered.

A program, for `test_disks.py`: on_a_disk.py FOLDER full|read-only. With `full`, the
disk is filled after a while, and then has space again.
"""

import contextlib
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps import create_app  # noqa: E402
from apps.user.domain import register  # noqa: E402

PASSWORD = "correct horse battery"  # noqa: S105
HEADERS = {"Accept": "text/html", "Origin": "http://localhost"}
PRESSES = 300  # the server learns that its disk is full when it writes


def build(disk: Path) -> Flask:
    """Build the app with all that it keeps on the disk."""
    for name in ("01-one", "02-two"):
        chapter = disk.with_name("chapters") / name
        chapter.mkdir(parents=True, exist_ok=True)
        (chapter / "README.md").write_text("# Chapter 1: One\n\nText.\n")
    told = {
        "APP_CONFIG": "testing",
        "CHAPTERS_FOLDER": disk.with_name("chapters"),
        "DATABASE_URL": f"sqlite:///{disk}/lectern.db",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": disk,
        "REDIS_URL": "embedded",
        "MONGO_URL": "embedded",
    }
    return create_app(told)


def log_in(app: Flask) -> FlaskClient:
    """Make the database and ada's account; return her browser."""
    with app.app_context():
        upgrade(str(ROOT / "migrations"))
        register("ada", "ada@example.org", PASSWORD)
    client = app.test_client()
    client.post(
        "/user/login", json={"name": "ada", "password": PASSWORD}, headers=HEADERS
    )
    return client


def press(client: FlaskClient, part: str) -> dict[int, int]:
    """Press the button below a part, often; count the answers by their status."""
    account = client.get("/account", headers=HEADERS).text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', account)[0]
    form = {"csrf_token": token, "part": part, "read": "yes"}
    return Counter(
        client.post("/progress", data=form, headers=HEADERS).status_code
        for _ in range(PRESSES)
    )


def look(client: FlaskClient) -> dict[str, object]:
    """Look at the contents and at the health."""
    page = client.get("/", headers=HEADERS)
    return {
        "status": page.status_code,
        "shown": "can't be shown at the moment" not in page.text,
        "read": page.text.count("1 of 1 read"),
        "away": client.get("/health").json.get("away", ""),
    }


def fill(disk: Path) -> None:
    """Leave no space on the disk."""
    with contextlib.suppress(OSError), open(disk / "filler", "wb", buffering=0) as to:
        while to.write(4096 * b"x"):
            pass


def main() -> None:
    """Do what was asked for."""
    disk, how = Path(sys.argv[1]), sys.argv[2]
    app = build(disk)
    found: dict[str, object] = {}
    if how == "full":
        ada = log_in(app)
        found["before"] = press(ada, "one/")
        fill(disk)
        found["full"], found["page"] = press(ada, "one/"), look(ada)
        (disk / "filler").unlink()
        found["after"], found["in the end"] = press(ada, "two/"), look(ada)
    else:
        found["page"] = look(app.test_client())
    print(json.dumps(found))


if __name__ == "__main__":
    main()
