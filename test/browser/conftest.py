"""The reading room in a real browser: its pages, as everybody sees them.

Needs Chromium, ChromeDriver, Java, and the packages of `.ci/package.json`. Where one is
missing the tests are skipped; with REAL_PARTS=required, as in CI, they fail instead.
"""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from servers.mongo import empty
from werkzeug.serving import WSGIRequestHandler, make_server

from apps import create_app
from apps.store.database import db

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / ".ci" / "node_modules"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PASSWORD = "a long and unusual phrase"
PLACEHOLDER = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
QUIET = [
    "--headless",
    "--no-sandbox",  # root has none, and the pages are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--hide-scrollbars",
]


@pytest.fixture(autouse=True)
def _nothing_left_open() -> None:
    """Here an app outlives a test: the room closes its database itself."""


def part(found: str | Path | None, name: str) -> str:
    """Return where a real part is; skip the test without it, or fail it in CI."""
    if found and Path(found).exists():
        return str(found)
    if os.environ.get("REAL_PARTS") == "required":
        pytest.fail(f"{name} is missing: .ci/run installs it")
    pytest.skip(f"{name} is missing: .ci/run installs it")


@dataclass
class Room:
    """The app, served on loopback; a cookie for each role."""

    app: Flask
    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def client(self, role: str) -> FlaskClient:
        """Return a client that is logged in as somebody of this role."""
        client = self.app.test_client()
        if self.cookies[role]:
            client.set_cookie(
                self.app.config["SESSION_COOKIE_NAME"], self.cookies[role]
            )
        return client

    def pages(self, role: str) -> dict[str, str]:
        """Fetch every page there is for a role: its path and its HTML."""
        client, found = self.client(role), {}
        for path in self.paths(client, role):
            answer = client.get(path, headers={"Accept": BROWSER})
            assert answer.status_code < 500, f"{path}: {answer.text[:300]}"
            if answer.mimetype == "text/html" and not answer.location:
                found[path] = answer.text
        return found

    def paths(self, client: FlaskClient, role: str) -> list[str]:
        """List what can be asked for: each rule, and what there is in its place.

        The texts are the same for all: one is enough for those who are logged in.
        """
        paths = {"/nowhere", "/search?q=the", "/search?q=nothinglikethis"}
        chapters = client.get("/chapter/", headers={"Accept": "application/json"}).json
        texts = [
            one["url"] for chapter in chapters["chapters"] for one in chapter["parts"]
        ]
        paths |= set(texts if role == "anybody" else texts[:1])
        for rule in self.app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint != "static":
                paths.add(PLACEHOLDER.sub("1", rule.rule))
        return sorted(paths)


def serve(app: Flask) -> Iterator[str]:
    """Serve app from a thread on a free port of loopback."""

    class Silent(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: object) -> None:
            """Print nothing."""

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def room(
    tmp_path_factory: pytest.TempPathFactory, valkey: Any, nx: Any
) -> Iterator[Room]:
    """The reading room with the course's own texts, a reader and an admin in it."""
    valkey.empty()
    empty(nx)
    settings = {
        "APP_CONFIG": "testing",
        "TESTING": True,
        "PROPAGATE_EXCEPTIONS": False,
        "ENV_FILE": os.devnull,
        "INSTANCE_FOLDER": tmp_path_factory.mktemp("instance"),
        "REDIS_URL": valkey.url,
        "MONGO_URL": nx.url,
    }
    app = create_app(settings)
    with app.app_context():
        upgrade()
    for url in serve(app):
        room = Room(app, url, {"anybody": ""})
        for name in ("reader", "admin"):
            room.cookies[name] = enter(app, name)
        commands = app.test_cli_runner()
        granted = commands.invoke(args=["user", "grant", "admin", "admin", "--yes"])
        assert granted.exit_code == 0, granted.output
        yield room
    with app.app_context():
        db.engine.dispose()


def enter(app: Flask, name: str) -> str:
    """Make an account and log in; return the session's cookie."""
    client, own = app.test_client(), {"Origin": "http://localhost"}
    account = {"name": name, "email": f"{name}@example.org", "password": PASSWORD}
    made = client.post("/user/register", json=account, headers=own)
    assert made.status_code == 201, made.text
    login = {"name": name, "password": PASSWORD}
    entered = client.post("/user/login", json=login, headers=own)
    assert entered.status_code == 200, entered.text
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie
    return cookie.value


@pytest.fixture(scope="module", params=["anybody", "reader", "admin"])
def role(request: pytest.FixtureRequest) -> str:
    """Who looks at the pages."""
    role: str = request.param
    return role


@pytest.fixture(scope="module")
def pages(room: Room, role: str) -> dict[str, str]:
    """Every page that this role gets."""
    return room.pages(role)


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that finds barriers."""
    return Path(part(PACKAGES / "axe-core" / "axe.min.js", "axe-core")).read_text()


@pytest.fixture(scope="session")
def validator() -> list[str]:
    """The command that validates HTML files."""
    jar = part(PACKAGES / "vnu-jar" / "build" / "dist" / "vnu.jar", "vnu")
    return [part(shutil.which("java"), "java"), "-jar", jar]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A browser with a profile of its own."""
    driver = part(shutil.which("chromedriver"), "chromedriver")
    options = ChromeOptions()
    options.binary_location = part(shutil.which("chromium"), "chromium")
    profile = tmp_path_factory.mktemp("profile")
    for option in [*QUIET, f"--user-data-dir={profile}"]:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options, ChromeService(driver))
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium: Chrome, room: Room, role: str) -> Chrome:
    """The browser, logged in as the role is."""
    chromium.get(f"{room.url}/health")
    chromium.delete_all_cookies()
    if room.cookies[role]:
        name = room.app.config["SESSION_COOKIE_NAME"]
        chromium.add_cookie({"name": name, "value": room.cookies[role], "path": "/"})
    return chromium
