"""Have Google's Lighthouse judge four pages, as a phone on a slow line gets them.

Serves the reading room with the course's own texts on loopback, each answer compressed
as a server in front would do it, and asks for the contents, a chapter, a search and the
log-in page. Lighthouse comes from npm (`npx lighthouse@13.5.0`, or the path of another
one), the browser is Chromium.

Prints a table, and what each page loses points for. The exit code is 1 where a page has
fewer than 95 points in one of the four categories.

    .venv/bin/python benchmarks/lighthouse.py [--lighthouse PATH]
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from rich.console import Console
from rich.table import Table
from werkzeug.serving import WSGIRequestHandler, make_server

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps import create_app  # noqa: E402

GOAL = 95  # points of 100
PAGES = {
    "contents": "/",
    "chapter": "/chapter/application",
    "search": "/search?q=blueprint",
    "log-in": "/login",
}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage"


class Compressed:
    """Middleware: text is sent with gzip, as nginx does it in production."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        """Wrap app."""
        self.app = app

    def __call__(
        self, environ: dict[str, Any], start: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Pass a request on, and compress its answer."""
        told: list[Any] = []

        def keep(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            told[:] = status, headers

        answer = self.app(environ, keep)
        body = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        status, headers = told
        kind = dict(headers).get("Content-Type", "")
        if body and kind.startswith(("text/", "image/svg", "application/json")):
            body = gzip.compress(body, 6)
            headers = [pair for pair in headers if pair[0] != "Content-Length"]
            headers += [
                ("Content-Encoding", "gzip"),
                ("Content-Length", str(len(body))),
            ]
        start(status, headers)
        return [body]


class Silent(WSGIRequestHandler):
    """A request handler that prints nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Print nothing."""


@contextmanager
def room() -> Iterator[str]:
    """Serve the reading room; give its address."""
    with tempfile.TemporaryDirectory() as instance:
        app = create_app(
            {
                "APP_CONFIG": "production",
                "REDIS_URL": "embedded",
                "SECRET_KEY": os.urandom(32).hex(),
                "SESSION_COOKIE_SECURE": False,
                "ENV_FILE": os.devnull,
                "INSTANCE_FOLDER": Path(instance),
            }
        )
        with app.app_context():
            upgrade()
        server = make_server(
            "127.0.0.1", 0, Compressed(app), threaded=True, request_handler=Silent
        )
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()
        server.server_close()


def judge(command: list[str], url: str) -> dict[str, Any]:
    """Run Lighthouse on a page; return its report."""
    options = ["--quiet", "--output=json", "--output-path=stdout"]
    only = f"--only-categories={','.join(CATEGORIES)}"
    chrome = {"CHROME_PATH": shutil.which("chromium") or ""}
    done = subprocess.run(
        [*command, url, *options, only, f"--chrome-flags={FLAGS}"],
        env=os.environ | chrome,
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def losses(report: dict[str, Any]) -> Iterator[str]:
    """Name each audit that counts and is not perfect."""
    for category in report["categories"].values():
        for reference in category["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and (audit["score"] or 0) < 0.9:
                said = audit.get("displayValue") or audit["title"]
                yield f"{category['id']}: {audit['id']}: {said}"


def main() -> int:
    """Judge the pages, print the points, and say whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lighthouse", help="the path of the program")
    chosen = parser.parse_args().lighthouse
    command = [chosen] if chosen else ["npx", "--yes", "lighthouse@13.5.0"]
    table = Table("Page", *CATEGORIES, "First paint", "Largest paint")
    console, missed = Console(), False
    with room() as url:
        judge(command, f"{url}/login")  # the first start of a browser is slow
        for name, path in PAGES.items():
            report = judge(command, url + path)
            points = [
                round(100 * report["categories"][category]["score"])
                for category in CATEGORIES
            ]
            paints = [
                report["audits"][f"{which}-contentful-paint"]["displayValue"]
                for which in ("first", "largest")
            ]
            missed = missed or min(points) < GOAL
            table.add_row(name, *map(str, points), *paints)
            for loss in losses(report):
                console.print(f"{name}: {loss}", highlight=False)
    console.print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
