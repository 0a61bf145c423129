"""The migrations: up, down and up, on both databases, without the loss of a row."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, revision, upgrade
from sqlalchemy import inspect, text

from apps import create_app
from apps.store.database import db, migrate

WIDEN = """
def upgrade():
    with op.batch_alter_table("user") as batch:
        batch.alter_column("name", type_=sa.String(80), existing_type=sa.String(64))


def downgrade():
    with op.batch_alter_table("user") as batch:
        batch.alter_column("name", type_=sa.String(64), existing_type=sa.String(80))
"""
WIDEN_OFFLINE = """
user = sa.Table(
    "user",
    sa.MetaData(),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.PrimaryKeyConstraint("id", name="pk_user"),
    sa.UniqueConstraint("name", name="uq_user_name"),
)


def upgrade():
    with op.batch_alter_table("user", copy_from=user) as batch:
        batch.alter_column("name", type_=sa.String(80))
"""
LOSE_USERS = """
def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer()))
    op.execute("DELETE FROM user")
"""
BREAK = """
def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer()))
    op.execute("INSERT INTO nowhere VALUES (1)")
"""
VISIT = """
CREATE TABLE visit (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES "user" ON DELETE CASCADE
)
"""
UPGRADES = """
import multiprocessing, sys

sys.path.insert(0, ".")
from flask_migrate import upgrade

from apps import create_app

system = multiprocessing.get_context("fork")
both_are_there = system.Barrier(2)

def run():
    app = create_app()
    both_are_there.wait()
    with app.app_context():
        upgrade()

upgrades = [system.Process(target=run) for _ in range(2)]
for process in upgrades:
    process.start()
for process in upgrades:
    process.join()
sys.exit(any(process.exitcode for process in upgrades))
"""
READERS, VISITS = 3, 6  # two visits of each reader


@pytest.fixture
def empty(settings: dict[str, object], empty_url: str) -> Flask:
    """An app whose database holds nothing."""
    return create_app({**settings, "DATABASE_URL": empty_url})


@pytest.fixture
def readers(own_database: None, app: Flask) -> Flask:
    """An app with readers, and their visits in a table that depends on them."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text(VISIT))
        for number in range(READERS):
            connection.execute(
                text(
                    'INSERT INTO "user" (id, name, email, password, created_at) '
                    "VALUES (:n, :name, :name, 'x', '2026-11-21 12:00:00')"
                ),
                {"n": number, "name": f"reader{number}"},
            )
            for turn in range(2):
                connection.execute(
                    text("INSERT INTO visit (id, user_id) VALUES (:id, :n)"),
                    {"id": 2 * number + turn, "n": number},
                )
    return app


def tables() -> set[str]:
    """Name the tables that the migrations made."""
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def count(table: str) -> int:
    """Count the rows of a table."""
    with db.engine.connect() as connection:
        rows: int = connection.execute(
            text(f'SELECT count(*) FROM "{table}"')  # noqa: S608
        ).scalar_one()
        return rows


def length_of_name() -> int:
    """Return how long the database lets a name be."""
    columns = inspect(db.engine).get_columns("user")
    return next(c["type"].length for c in columns if c["name"] == "name")


@pytest.mark.usefixtures("both")
def test_they_go_up_down_and_up_again(empty: Flask) -> None:
    with empty.app_context():
        upgrade()
        once = tables()
        downgrade(revision="base")
        assert tables() == set()
        upgrade()
        assert tables() == once >= {"user"}


@pytest.mark.usefixtures("both")
def test_each_goes_down_and_up_by_itself(empty: Flask) -> None:
    with empty.app_context():
        upgrade()
        while tables():
            before = tables()
            downgrade()
            upgrade(revision="+1")
            assert tables() == before
            downgrade()


@pytest.mark.usefixtures("both")
def test_models_and_migrations_agree(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["db", "check"])
    assert result.exit_code == 0, result.output


def test_a_model_that_no_migration_knows_is_found(app: Flask) -> None:
    table = db.Table("forgotten", db.metadata, db.Column("id", db.Integer))
    try:
        result = app.test_cli_runner().invoke(args=["db", "check"])
    finally:
        db.metadata.remove(table)
    assert result.exit_code == 1


def test_no_migration_is_written_where_there_is_nothing_new(
    root: Path, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(root / "migrations", folder)
    monkeypatch.setattr(migrate, "directory", str(folder))
    names = set(folder.glob("versions/*.py"))
    result = app.test_cli_runner().invoke(args=["db", "migrate", "-m", "nothing"])
    assert result.exit_code == 0, result.output
    assert "no migration is written" in result.output
    assert set(folder.glob("versions/*.py")) == names


@pytest.mark.usefixtures("both")
def test_cascading_children_outlive_a_migration_of_their_parents_table(
    readers: Flask, add_migration: Callable[[str], None]
) -> None:
    add_migration(WIDEN)
    with readers.app_context():
        upgrade()
        assert length_of_name() == 80
        assert (count("user"), count("visit")) == (READERS, VISITS)
        downgrade()
        assert length_of_name() == 64
        assert (count("user"), count("visit")) == (READERS, VISITS)


def test_children_still_go_with_their_parents_after_such_a_migration(
    readers: Flask, add_migration: Callable[[str], None]
) -> None:
    add_migration(WIDEN)
    with readers.app_context():
        upgrade()
        with db.engine.begin() as connection:
            connection.execute(text("DELETE FROM user WHERE id = 0"))
        assert count("visit") == VISITS - 2


def test_foreign_keys_hold_again_on_the_connection_that_migrated(
    readers: Flask, add_migration: Callable[[str], None]
) -> None:
    add_migration(WIDEN)
    with readers.app_context():
        upgrade()
        with db.engine.connect() as connection:
            pragma = connection.exec_driver_sql("PRAGMA foreign_keys")
            assert pragma.scalar_one() == 1


def test_a_migration_that_leaves_orphans_is_refused_and_changes_nothing(
    readers: Flask,
    add_migration: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    add_migration(LOSE_USERS)
    with readers.app_context():
        with pytest.raises(SystemExit):
            upgrade()
        assert "half" not in tables()
        assert (count("user"), count("visit")) == (READERS, VISITS)
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    assert f"{VISITS} rows would refer to nothing: visit" in caplog.text


@pytest.mark.usefixtures("both")
def test_a_migration_that_fails_half_way_changes_nothing(
    readers: Flask, add_migration: Callable[[str], None]
) -> None:
    add_migration(BREAK)
    with readers.app_context():
        before = tables()
        with pytest.raises(Exception, match="nowhere"):
            upgrade()
        assert tables() == before
        assert count("visit") == VISITS


@pytest.mark.real_parts
@pytest.mark.usefixtures("both")
def test_two_upgrades_at_once_wait_for_each_other(
    root: Path, tmp_path: Path, empty_url: str, empty: Flask
) -> None:
    variables = {
        "APP_CONFIG": "testing",
        "DATABASE_URL": empty_url,
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": str(tmp_path / "instance"),
    }
    done = subprocess.run(
        [sys.executable, "-c", UPGRADES],
        cwd=root,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Upgraded to 0301") == 1
    with empty.app_context():
        assert "user" in tables()


@pytest.mark.usefixtures("both")
def test_the_sql_of_an_upgrade_does_what_the_upgrade_does(
    empty: Flask, both: str
) -> None:
    result = empty.test_cli_runner().invoke(args=["db", "upgrade", "--sql"])
    assert result.exit_code == 0, result.output
    with empty.app_context():
        assert tables() == set()
        with contextlib.closing(db.engine.raw_connection()) as raw:
            if both == "sqlite":
                raw.driver_connection.executescript(result.stdout)
            else:
                raw.driver_connection.autocommit = True
                raw.driver_connection.execute(result.stdout)
        assert "user" in tables()
    again = empty.test_cli_runner().invoke(args=["db", "check"])
    assert again.exit_code == 0, again.output


def test_the_sql_of_a_batch_migration_keeps_the_children(
    readers: Flask, add_migration: Callable[[str], None], tmp_path: Path
) -> None:
    add_migration(WIDEN_OFFLINE)
    with readers.app_context():
        held = text("SELECT version_num FROM alembic_version")
        with db.engine.connect() as connection:
            last = connection.execute(held).scalar_one()
        place = str(db.engine.url.database)
        db.engine.dispose()
    asked = ["db", "upgrade", "--sql", f"{last}:9901"]
    result = readers.test_cli_runner().invoke(args=asked)
    assert result.exit_code == 0, result.output
    with contextlib.closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")  # the script turns them off
        connection.executescript(result.stdout)
    with readers.app_context():
        assert length_of_name() == 80
        assert (count("user"), count("visit")) == (READERS, VISITS)


def test_a_batch_migration_without_the_table_has_no_sql(
    readers: Flask, add_migration: Callable[[str], None]
) -> None:
    add_migration(WIDEN)
    result = readers.test_cli_runner().invoke(args=["db", "upgrade", "--sql"])
    assert result.exit_code == 1


def test_a_folder_may_have_a_percent_sign_in_its_name(
    root: Path, tmp_path: Path
) -> None:
    project = tmp_path / "100% mine"
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("apps", "migrations"):
        shutil.copytree(root / folder, project / folder, ignore=ignored)
    shutil.copy(root / "config.py", project)
    environment = {**os.environ, "APP_CONFIG": "development"}
    environment |= {"INSTANCE_FOLDER": str(tmp_path), "PYTHONPATH": ""}
    command = [sys.executable, "-m", "flask", "--app", "apps", "db", "upgrade"]
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Upgraded to 0301" in done.stdout


def test_a_new_migration_says_what_it_does_and_not_when(
    app: Flask, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "migrations", folder, ignore=ignored)
    monkeypatch.setattr(migrate, "directory", str(folder))
    with app.app_context():
        revision(message="Add a motto", rev_id="9901")
    written = (folder / "versions" / "9901_add_a_motto.py").read_text("utf-8")
    assert written.startswith('"""Add a motto."""\n\nfrom alembic import op\n')
    assert "revision = '9901'" in written
    assert "Create Date" not in written
