"""DATABASE_URL: what it may name, and one line for what it may not."""

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace  # chapter 7

import pytest
from packaging.requirements import Requirement
from sqlalchemy import make_url

from apps import create_app
from apps.settings.configuration import ConfigurationError
from apps.store import database_url


@pytest.fixture
def url_of(settings: dict[str, object]) -> Callable[[str | None], str]:
    """Build an app with a DATABASE_URL; return what its engine is given."""

    def build(said: str | None) -> str:
        told = {key: value for key, value in settings.items() if key != "DATABASE_URL"}
        app = create_app(told | {"DATABASE_URL": said})
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        return str(url.render_as_string(hide_password=False))

    return build


@pytest.mark.parametrize("said", [None, ""])
def test_unset_it_is_a_file_in_the_instance_folder(
    url_of: Callable[[str | None], str], tmp_path: Path, said: str | None
) -> None:
    assert url_of(said) == f"sqlite:///{tmp_path / 'instance' / 'lectern.db'}"


def test_a_relative_file_lies_in_the_instance_folder(
    url_of: Callable[[str | None], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "instance" / "deep" / "own.db"
    assert url_of("sqlite:///deep/own.db") == f"sqlite:///{place}"
    assert place.parent.is_dir()
    assert not (tmp_path / "deep").exists()


def test_an_old_sqlite_is_named(
    url_of: Callable[[str | None], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(ConfigurationError, match=r"SQLite 3\.35 or newer is needed"):
        url_of(None)
    assert url_of("postgresql://ada@db.example/x").startswith("postgresql")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 35, 0))
    assert url_of(None).startswith("sqlite")


def test_a_python_without_sqlite_is_one_line(tmp_path: Path) -> None:
    missing = (
        "raise ModuleNotFoundError(\"No module named '_sqlite3'\", name='_sqlite3')"
    )
    (tmp_path / "sqlite3.py").write_text(missing)
    ended = subprocess.run(
        [sys.executable, "run.py", "debug_server"],
        cwd=Path(database_url.MIGRATIONS.replace("%%", "%")).parent,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.endswith("was built without sqlite3: take another Python\n")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_has_many_names(
    url_of: Callable[[str | None], str], name: str
) -> None:
    url = make_url(url_of(f"{name}://ada:se%40cret@db.example:5433/lectern"))
    assert url.drivername == "postgresql+psycopg"
    assert (url.username, url.password) == ("ada", "se@cret")
    assert (url.host, url.port, url.database) == ("db.example", 5433, "lectern")


def test_each_driver_that_is_no_part_of_python_is_asked_for(root: Path) -> None:
    lines = (root / "requirements.txt").read_text("utf-8").splitlines()
    asked = {Requirement(line).name for line in lines if re.match(r"\w", line)}
    drivers = {name.partition("+")[2] for name in database_url.DRIVERS.values()}
    assert drivers - {""} <= asked


def test_a_limit_of_the_urls_own_wins(url_of: Callable[[str | None], str]) -> None:
    assert make_url(url_of("postgres://h/d")).query == {"connect_timeout": "5"}
    own = make_url(url_of("postgres://h/d?connect_timeout=3"))
    assert own.query == {"connect_timeout": "3"}


@pytest.mark.parametrize(
    "said",
    [
        "hidden",
        "hidden.db",
        "/var/lib/hidden.db",
        "://hidden",
        "mysql://ada:hidden@host/name",
        "nonsense://ada:hidden@host/name",
        "oracle://ada:hidden@host/name",
        "postgresql+psycopg2://ada:hidden@host/name",
        "postgresql+asyncpg://ada:hidden@host/name",
        "postgresql://ada:hidden@host:port/name",
        "postgresql://ada:hidden@host",
        "sqlite+aiosqlite:///hidden.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:hidden.db?mode=ro&uri=true",
        "sqlite:///hidden.db?nonsense=1",
        "sqlite://hidden/name.db",
        "sqlite:///hidden\0.db",
    ],
)
def test_what_it_may_not_name_is_one_line_that_repeats_nothing(
    url_of: Callable[[str | None], str], said: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        url_of(said)
    message = str(refused.value)
    assert message.startswith("DATABASE_URL")
    assert "\n" not in message
    assert "ada:hidden" not in message


def test_a_folder_is_no_database(
    url_of: Callable[[str | None], str], tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="is a folder"):
        url_of(f"sqlite:///{tmp_path}")


def test_a_file_is_no_folder_for_a_database(
    url_of: Callable[[str | None], str], tmp_path: Path
) -> None:
    tmp_path.joinpath("letter").write_text("Dear Ada", "utf-8")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        url_of(f"sqlite:///{tmp_path / 'letter' / 'own.db'}")


class BusyConnection:
    """A connection to a file that another connection is switching to WAL."""

    refusals = 2

    def execute(self, statement: str) -> None:
        """Refuse twice, as SQLite does, then accept."""
        if self.refusals:
            self.refusals -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error


def test_a_new_file_is_switched_to_wal_also_where_another_process_is_doing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection = BusyConnection()
    database_url.use_write_ahead_log(connection)  # type: ignore[arg-type]
    assert connection.refusals == 0
    monkeypatch.setattr(database_url, "TIMEOUT_SECONDS", -1)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        database_url.use_write_ahead_log(BusyConnection())  # type: ignore[arg-type]


def test_nobody_waits_where_a_file_can_never_be_switched_to_wal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_url.time, "sleep", lambda _: pytest.fail("it waits"))
    # region chapter 7: this-module
    monkeypatch.undo()  # threads of PyMongo may sleep
    ours = SimpleNamespace(monotonic=database_url.time.monotonic)
    ours.sleep = lambda _: pytest.fail("it waits")
    monkeypatch.setattr(database_url, "time", ours)
    # endregion this-module
    connection = sqlite3.connect(tmp_path / "own.db")
    connection.execute("CREATE TABLE own (name)")
    (tmp_path / "own.db-wal").mkdir()  # where SQLite wants to write a file
    with (
        contextlib.closing(connection),
        pytest.raises(sqlite3.OperationalError, match="unable to open"),
    ):
        database_url.use_write_ahead_log(connection)
