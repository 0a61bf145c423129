"""run.py brings the database up to date, or says why not; production only looks."""

import contextlib
import importlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from stat import S_IMODE
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from apps import create_app
from apps.settings.configuration import FIRST_CHAPTER, ConfigurationError
from apps.store import upgrading
from apps.store.database import db

PRODUCTION = {
    "APP_CONFIG": "production",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
}
PREPARE = """
from apps import create_app
from apps.store.upgrading import prepare

prepare(create_app(), "development")
"""
HELD = "SELECT version_num FROM alembic_version"
MORE = """
revision = "9901"
down_revision = "{}"


def upgrade():
    pass
"""


@pytest.fixture
def empty(settings: dict[str, object], empty_url: str) -> Flask:
    """An app whose database holds nothing, and is no file yet."""
    return create_app({**settings, "DATABASE_URL": empty_url})


def file_of(app: Flask) -> Path:
    """Return the app's SQLite file."""
    with app.app_context():
        return Path(str(db.engine.url.database))


def ask(file: Path, query: str) -> list[tuple[object, ...]]:
    """Ask an SQLite file, past the app."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        found = connection.execute(query).fetchall()
        connection.commit()
        return found


def add_reader(file: Path) -> None:
    """Write a row that has to be kept."""
    ask(
        file,
        "INSERT INTO user (name, email, password, created_at) "
        "VALUES ('ada', 'ada@example.com', 'x', '2026-11-21 12:00:00')",
    )


def go_back(app: Flask) -> str:
    """Take the last migration away; return which one."""
    with app.app_context():
        last = ask(file_of(app), "SELECT * FROM alembic_version")[0][0]
        downgrade()
        db.engine.dispose()
    return str(last)


def others(file: Path) -> list[Path]:
    """Name what lies beside a database that belongs to it."""
    return sorted(path for path in file.parent.glob(f"{file.stem}*") if path != file)


@pytest.mark.usefixtures("both")
def test_an_empty_database_is_made(
    empty: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    upgrading.prepare(empty, "development")
    assert capsys.readouterr().out == "Database made\n"
    with empty.app_context():
        assert "user" in inspect(db.engine).get_table_names()


@pytest.mark.usefixtures("both")
def test_nothing_is_said_where_nothing_is_to_be_done(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    upgrading.prepare(app, "development")
    assert capsys.readouterr().out == ""


def test_a_copy_is_made_before_and_named(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of(app)
    add_reader(file)
    last = go_back(app)
    capsys.readouterr()
    upgrading.prepare(app, "development")
    copy = file.with_name(f"lectern.before-{last}.db")
    expected = f"Database upgraded to {last}; a copy from before is {copy}\n"
    assert capsys.readouterr().out == expected
    assert others(file) == [copy]
    for path in (file, copy):
        assert ask(path, "SELECT name FROM user") == [("ada",)]
    assert ask(copy, "SELECT version_num FROM alembic_version") != [(last,)]
    assert ask(file, "SELECT version_num FROM alembic_version") == [(last,)]


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return S_IMODE(path.stat().st_mode)


def test_a_copy_is_private_where_the_database_is_not(app: Flask) -> None:
    file = file_of(app)
    last = go_back(app)
    file.chmod(0o644)
    upgrading.prepare(app, "development")
    assert mode(file.with_name(f"lectern.before-{last}.db")) == 0o600


def test_a_copy_never_takes_the_place_of_another(app: Flask) -> None:
    for _ in range(2):
        go_back(app)
        upgrading.prepare(app, "development")
    assert len(others(file_of(app))) == 2


def test_a_copy_holds_what_is_still_in_the_write_ahead_log(app: Flask) -> None:
    file = file_of(app)
    last = go_back(app)
    with contextlib.closing(sqlite3.connect(file)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute(
            "INSERT INTO user (name, email, password, created_at) "
            "VALUES ('late', 'late@example.com', 'x', '2026-11-21 12:00:00')"
        )
        writer.commit()
        upgrading.prepare(app, "development")
    copy = file.with_name(f"lectern.before-{last}.db")
    assert ask(copy, "SELECT name FROM user") == [("late",)]


def test_without_a_copy_nothing_is_upgraded(app: Flask) -> None:
    last = go_back(app)
    file = file_of(app)
    file.with_name(f"lectern.before-{last}.db.part").mkdir()  # in the copy's way
    with pytest.raises(ConfigurationError, match="nothing is changed"):
        upgrading.prepare(app, "development")
    assert ask(file, "SELECT version_num FROM alembic_version") != [(last,)]


@pytest.mark.real_parts
def test_of_two_at_once_one_upgrades_and_copies(
    app: Flask, root: Path, settings: dict[str, object]
) -> None:
    file = file_of(app)
    last = go_back(app)
    variables = {key: str(value) for key, value in settings.items()}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PREPARE],
            cwd=root,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    printed = "".join(process.communicate(timeout=300)[0] for process in started)
    assert [process.returncode for process in started] == [0, 0]
    copy = file.with_name(f"lectern.before-{last}.db")
    assert printed == f"Database upgraded to {last}; a copy from before is {copy}\n"
    assert others(file) == [copy]


@pytest.fixture
def project(sources: list[Path], chapters: Path, tmp_path: Path) -> Path:
    """A repository with the app on three branches: first, upgraded and next-chapter.

    `upgraded` has one migration more, `next-chapter` has a third chapter; each changes
    the source, so that a server restarts.
    """
    folder = tmp_path / "project"
    ignored = shutil.ignore_patterns("__pycache__")
    for path in [*sources, chapters]:
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=ignored)
        else:
            shutil.copy(path, folder)
    (folder / "chapters" / "01-one").rename(folder / "chapters" / FIRST_CHAPTER)
    migrations = folder / "migrations" / "versions"
    last = max(path.stem.split("_")[0] for path in migrations.glob("*.py"))
    branches = {
        "first": ("notes.txt", ""),
        "upgraded": ("migrations/versions/9901_more.py", MORE.format(last)),
        "next-chapter": ("chapters/03-three/README.md", "# Chapter 3: The third\n"),
    }
    (folder / ".gitignore").write_text("__pycache__\ninstance\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=main")
    for name, (path, body) in branches.items():
        git(folder, "checkout", "--quiet", "-b", name, "main")
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(body, "utf-8")
        (folder / "apps" / "branch.py").write_text(f"NAME = {name!r}\n", "utf-8")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", f"--message={name}")
    git(folder, "checkout", "--quiet", "first")
    return folder


def git(folder: Path, *arguments: str) -> None:
    """Run git, whatever the machine's own settings are."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *who, *arguments]
    subprocess.run(command, cwd=folder, env={**os.environ, **own}, check=True)


def log_in_at(url: str) -> int:
    """Ask a server to log a stranger in, and return the status."""
    body = b'{"name": "nobody", "password": "correct horse battery"}'
    headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    request = Request(f"{url}user/login", body, headers)  # noqa: S310
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=300) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.mark.real_parts
def test_a_branch_that_is_checked_out_is_served_with_its_own_database(
    project: Path,
    mongo: dict[str, str],  # chapter 7
) -> None:
    variables = {**os.environ, "PYTHONUNBUFFERED": "1"}
    # region chapter 7: its-mongo
    # One that is away would be waited for, at each start.
    variables |= mongo
    # endregion its-mongo
    server = subprocess.Popen(
        [sys.executable, "run.py", "debug_server"],
        cwd=project,
        env=variables,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server, contextlib.ExitStack() as at_end:
        at_end.callback(server.terminate)

        def wait_for(pattern: str) -> str:
            for line in server.stdout or ():
                if match := re.search(pattern, line):
                    return match[1]
            pytest.fail(f"the server ended, and had not printed {pattern!r}")

        url = wait_for(r"Listening on (\S+)")
        assert log_in_at(url) == 401
        git(project, "checkout", "--quiet", "upgraded")
        wait_for("(Restarting)")
        assert log_in_at(url) == 401
        wait_for("(Database upgraded to 9901; a copy from before is)")
        git(project, "checkout", "--quiet", "next-chapter")
        wait_for("(Restarting)")
        assert log_in_at(url) == 401
        wait_for("(Database made)")
    instance = project / "instance"
    assert ask(instance / "chapter-2" / "lectern.db", HELD) == [("9901",)]
    assert ask(instance / "chapter-3" / "lectern.db", HELD) != [("9901",)]


def test_a_database_of_an_unknown_revision_is_set_aside_whole(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of(app)
    add_reader(file)
    ask(file, "UPDATE alembic_version SET version_num = '7777'")
    before = file.read_bytes()
    upgrading.prepare(app, "development")
    aside = file.with_name("lectern.revision-7777.db")
    assert aside.read_bytes() == before
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "The database is of revision 7777, which this code doesn't know: "
        f"{file} is now {aside.name}",
        "Database made",
    ]
    assert ask(file, "SELECT count(*) FROM user") == [(0,)]
    assert others(file) == [aside]


def test_a_database_that_no_migration_made_is_set_aside_whole(app: Flask) -> None:
    file = file_of(app)
    file.unlink()
    ask(file, "CREATE TABLE theirs (id)")
    before = file.read_bytes()
    upgrading.prepare(app, "development")
    assert file.with_name("lectern.revision-none.db").read_bytes() == before
    assert ask(file, "SELECT count(*) FROM user") == [(0,)]


def test_a_strange_revision_makes_no_strange_name(app: Flask) -> None:
    file = file_of(app)
    ask(file, "UPDATE alembic_version SET version_num = '../../x y'")
    upgrading.prepare(app, "development")
    assert others(file) == [file.with_name("lectern.revision-.._.._x_y.db")]


def test_what_was_set_aside_before_stays(app: Flask) -> None:
    file = file_of(app)
    for _ in range(2):
        ask(file, "UPDATE alembic_version SET version_num = '7777'")
        upgrading.prepare(app, "development")
    assert len(others(file)) == 2


def test_a_database_that_somebody_uses_is_not_set_aside(app: Flask) -> None:
    file = file_of(app)
    ask(file, "UPDATE alembic_version SET version_num = '7777'")
    with contextlib.closing(sqlite3.connect(file)) as user:
        user.execute("SELECT * FROM alembic_version").fetchall()
        with pytest.raises(ConfigurationError, match="can't be set aside"):
            upgrading.prepare(app, "development")
    assert others(file) == []
    assert ask(file, "SELECT version_num FROM alembic_version") == [("7777",)]


@pytest.mark.usefixtures("both", "own_database")
def test_production_sets_nothing_aside(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '7777'"))
    with pytest.raises(ConfigurationError, match="7777, which this code doesn't know"):
        upgrading.prepare(app, "production")


def test_a_servers_database_of_an_unknown_revision_is_refused(
    settings: dict[str, object], request: pytest.FixtureRequest
) -> None:
    server: str = request.getfixturevalue("postgresql")
    app = create_app({**settings, "DATABASE_URL": server.format("postgres")})
    with app.app_context():
        upgrade()
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '7777'"))
        with pytest.raises(ConfigurationError, match="name another in DATABASE_URL"):
            upgrading.prepare(app, "development")


@pytest.mark.parametrize(
    ("host", "address", "elsewhere"),
    [
        ("/var/run/postgresql", "", ""),
        ("localhost", "127.0.0.1", ""),
        ("localhost", "::1", ""),
        ("db.example", "127.8.8.8", ""),
        ("db.example", "192.0.2.7", "db.example"),
        ("localhost", "192.0.2.7", "localhost"),
        ("db.example", "", "db.example"),
    ],
)
def test_the_connection_says_whether_a_database_is_on_this_machine(
    host: str, address: str, elsewhere: str
) -> None:
    info = SimpleNamespace(host=host, hostaddr=address)
    driver = SimpleNamespace(driver_connection=SimpleNamespace(info=info))
    found = upgrading.host_elsewhere(SimpleNamespace(connection=driver))
    assert found == elsewhere


def on_a_server(settings: dict[str, object], url: str) -> Flask:
    """Build an app whose database is there."""
    return create_app({**settings, "DATABASE_URL": url})


@pytest.fixture
def server_url(postgresql: str) -> Iterator[str]:
    """A new database of the PostgreSQL server of this run."""
    connect = importlib.import_module("psycopg").connect
    with connect(postgresql.format("postgres"), autocommit=True) as server:
        server.execute("CREATE DATABASE unasked")
        yield postgresql.format("unasked")
        server.execute("DROP DATABASE unasked WITH (FORCE)")


def test_a_database_on_another_machine_is_never_changed_unasked(
    settings: dict[str, object], server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = on_a_server(settings, server_url)
    monkeypatch.setattr(upgrading, "host_elsewhere", lambda _: "db.example")
    with pytest.raises(ConfigurationError) as refused:
        upgrading.prepare(app, "development")
    said = str(refused.value)
    assert "it is on db.example, so nothing is changed unasked" in said
    assert said.endswith("run: flask --app apps db upgrade")
    with app.app_context():
        assert inspect(db.engine).get_table_names() == []
        upgrade()  # as the command does
    upgrading.prepare(app, "development")


def test_a_servers_database_with_data_is_not_changed_unasked(
    settings: dict[str, object], server_url: str
) -> None:
    app = on_a_server(settings, server_url)
    upgrading.prepare(app, "development")
    with app.app_context():
        downgrade()
        with pytest.raises(ConfigurationError, match=r"pg_dump.*db upgrade$"):
            upgrading.prepare(app, "development")
        assert upgrading.read_revisions().pending


@pytest.mark.usefixtures("both")
def test_production_refuses_pending_migrations_and_says_what_to_run(
    empty: Flask,
) -> None:
    with pytest.raises(ConfigurationError, match=r"0301.*flask --app apps db upgrade"):
        upgrading.prepare(empty, "production")
    with empty.app_context():
        if db.engine.dialect.name == "sqlite":
            assert not file_of(empty).exists()
        else:
            assert inspect(db.engine).get_table_names() == []


@pytest.mark.usefixtures("both")
def test_production_serves_where_none_is_pending(app: Flask) -> None:
    upgrading.prepare(app, "production")


WRITE_VERSION = 18  # the byte that says what must be known to write a file


@pytest.mark.parametrize("name", ["development", "production"])
def test_a_database_that_can_only_be_read_is_not_served(app: Flask, name: str) -> None:
    file = file_of(app)
    with file.open("r+b") as opened:
        opened.seek(WRITE_VERSION)
        opened.write(b"\3")  # of an SQLite to come: today's takes it for read-only
    before = file.read_bytes()
    assert ask(file, "SELECT count(*) FROM user") == [(0,)]
    with pytest.raises(ConfigurationError, match=r"lectern.db can be read, but not"):
        upgrading.prepare(app, name)
    assert file.read_bytes() == before


def test_one_that_somebody_writes_to_is(app: Flask) -> None:
    with contextlib.closing(sqlite3.connect(file_of(app))) as other:
        other.execute("BEGIN IMMEDIATE")
        upgrading.prepare(app, "production")


def test_what_a_production_server_imports_refuses_pending_migrations(
    app: Flask,
    production: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for key, value in production.items():
        monkeypatch.setenv(key, value)
    sys.modules.pop("wsgi", None)
    assert importlib.import_module("wsgi").app.config["DEBUG"] is False
    go_back(app)
    sys.modules.pop("wsgi", None)
    with pytest.raises(SystemExit, match="4"):  # with 1, gunicorn would try again
        importlib.import_module("wsgi")
    assert capsys.readouterr().err.startswith("Error: the database lacks migrations")


def test_run_py_refuses_in_one_line(root: Path, settings: dict[str, object]) -> None:
    variables = {
        **os.environ,
        **PRODUCTION,
        "DATABASE_URL": "sqlite:///new.db",
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": str(settings["INSTANCE_FOLDER"]),
    }
    with socket.create_server(("127.0.0.1", 0)) as taken:  # it never serves for long
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "run.py", "debug_server", "--port", port],
            cwd=root,
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: the database lacks migrations (0301")
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_no_database_stays_as_it_is(app: Flask) -> None:
    file = file_of(app)
    file.write_text("A letter to Ada, which is not a database. " * 99, "utf-8")
    before = file.read_bytes()
    with pytest.raises(ConfigurationError, match="file is not a database"):
        upgrading.prepare(app, "development")
    assert file.read_bytes() == before


def test_a_migration_that_fails_is_one_line_and_changes_nothing(
    app: Flask, add_migration: Callable[[str], None]
) -> None:
    add_migration('def upgrade():\n    op.execute("INSERT INTO nowhere VALUES (1)")\n')
    file = file_of(app)
    with pytest.raises(ConfigurationError) as refused:
        upgrading.prepare(app, "development")
    said = str(refused.value)
    assert said == "the database can't be upgraded to 9901: no such table: nowhere"
    assert ask(file, "SELECT version_num FROM alembic_version") != [("9901",)]


def test_an_upgrade_waits_at_a_server_for_as_long_as_it_takes(
    settings: dict[str, object],
    server_url: str,
    add_migration: Callable[[str], None],
) -> None:
    asked = 'op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar()'
    add_migration(f'def upgrade():\n    assert {asked} == "0"\n')
    upgrading.prepare(on_a_server(settings, server_url), "development")


def test_an_unreachable_server_is_one_line_without_the_password(
    settings: dict[str, object],
) -> None:
    with socket.socket() as deaf:  # it has a port, and doesn't listen
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        url = f"postgresql://ada:hidden@127.0.0.1:{port}/lectern"
        app = create_app({**settings, "DATABASE_URL": url})
        with pytest.raises(ConfigurationError) as refused:
            upgrading.prepare(app, "development")
    said = str(refused.value)
    assert said.startswith("DATABASE_URL: the database can't be used: ")
    assert "hidden" not in said
    assert "\n" not in said
