"""The database, its copies and its logs are for the app's own user alone."""

import contextlib
import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from stat import S_IMODE

import pytest
from flask import Flask

from apps import create_app
from apps.store import database_url
from apps.store.database import db

READ = """
import sys
from pathlib import Path
from stat import S_IMODE

from apps.store.database import db


def read(app):
    with app.app_context():
        db.session.execute(db.text("UPDATE alembic_version SET version_num = 'no'"))
        for path in sorted(Path(app.instance_path).rglob("*")):
            if not path.is_dir():
                print(f"{S_IMODE(path.stat().st_mode):o}", path.name)
"""
DEVELOPMENT = """
from apps import create_app
from apps.store.upgrading import prepare

app = create_app("development")
prepare(app, "development")
read(app)
"""
PRODUCTION = """
import wsgi

read(wsgi.app)
"""
UPGRADE = ["-m", "flask", "--app", "apps", "db", "upgrade"]


def modes(folder: Path) -> dict[str, int]:
    """Map what is in a folder, and the folder itself, to its mode."""
    return {
        path.name: S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]
    }


@pytest.mark.real_parts
@pytest.mark.parametrize("umask", [0, 0o777])
def test_every_process_that_makes_data_makes_it_private(
    root: Path, tmp_path: Path, production: dict[str, str], umask: int
) -> None:
    instance = tmp_path / "own" / "instance"
    said = {key: value for key, value in production.items() if key != "DATABASE_URL"}
    said |= {"INSTANCE_FOLDER": str(instance), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*arguments: str, **more: str) -> str:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=root,
            env={**os.environ, **said, **more},
            umask=umask,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
        ).stdout

    run(*UPGRADE)
    assert modes(instance)["lectern.db"] == 0o600
    printed = run("-c", READ + PRODUCTION)
    assert "600 lectern.db-wal\n" in printed
    assert "600 lectern.db-shm\n" in printed
    shutil.rmtree(instance)
    printed = run("-c", READ + DEVELOPMENT, APP_CONFIG="development")
    assert "600 lectern.db-wal\n" in printed
    assert {line.split()[0] for line in printed.splitlines()[1:]} == {"600"}
    folders = [instance, instance.parent]
    assert {S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def test_what_an_earlier_release_left_open_is_closed(
    settings: dict[str, object], tmp_path: Path
) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    names = ["a[b].db", "a[b].db-wal", "a[b].before-0302.db", "a[b].revision-77.2.db"]
    for name in [*names, "another.db"]:
        (folder / name).touch()
        (folder / name).chmod(0o644)
    create_app(settings | {"DATABASE_URL": f"sqlite:///{folder}/a[b].db"})
    assert {modes(folder)[name] for name in names} == {0o600}
    assert modes(folder)["another.db"] == 0o644


LOCK = "import sqlite3, sys; sqlite3.connect(sys.argv[1], 0).execute('BEGIN IMMEDIATE')"


def test_closing_a_file_to_others_drops_no_lock(
    app: Flask, settings: dict[str, object]
) -> None:
    with app.app_context():
        file = Path(str(db.engine.url.database))
    with contextlib.closing(sqlite3.connect(file)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        file.chmod(0o644)
        create_app(settings | {"DATABASE_URL": f"sqlite:///{file}"})
        other = subprocess.run(
            [sys.executable, "-c", LOCK, file],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert "database is locked" in other.stderr


def test_who_closes_a_file_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "file"
    for before, after in [(0o644, 0o600), (0o460, 0o400), (0o600, 0o600)]:
        file.touch()
        file.chmod(before)
        database_url.close_to_others(file)
        assert S_IMODE(file.stat().st_mode) == after
        file.unlink()
    said = f"{file} was open to other users; now it is private"
    assert caplog.messages == [said, said]


def test_who_cannot_close_a_file_warns_and_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    file = tmp_path / "file"
    file.touch()
    file.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", refuse)
    database_url.close_to_others(file)
    assert f"{file} can be opened by others: chmod 600 it" in caplog.text
