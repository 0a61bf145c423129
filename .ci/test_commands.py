"""The README's other command, and the verification of every checkpoint."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from course.run.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ["3.11", "3.12", "3.13"]
START_SECONDS = 300


@pytest.fixture(scope="module")
def reading_room() -> Iterator[str]:
    """Start `make run` as a reader does; give its address, end its whole group."""
    port = free_port()
    command = ["make", "run", f"PORT={port}"]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def fetch(address: str, accept: str = "*/*") -> str:
    """GET an address on loopback; wait for the server to come up."""
    request = urllib.request.Request(address, headers={"Accept": accept})
    for _ in range(START_SECONDS * 10):
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.read().decode()
        except ConnectionError:
            time.sleep(0.1)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.1)
    raise AssertionError(f"{address} did not answer in {START_SECONDS} s")


def test_every_checkpoint_holds_on_every_python_and_with_the_newest_versions():
    also = [word for one in [*PYTHONS, "newest"] for word in ("--also", one)]
    command = [ROOT / ".venv/bin/course", "verify", *also]
    assert subprocess.run(command, cwd=ROOT).returncode == 0


def test_make_run_serves_every_chapter(reading_room):
    chapters = sorted(path.parent for path in ROOT.glob("chapters/*/chapter.toml"))
    listed = fetch(f"{reading_room}/chapter/")
    for chapter in chapters:
        slug = chapter.name.split("-", 1)[1]
        assert f"/chapter/{slug}" in listed
        written = (chapter / "README.md").read_text()
        text = re.sub("<!-- .* -->", "", written)  # comments are for authors
        asked = f"{reading_room}/chapter/{slug}"
        assert json.loads(fetch(asked))["text"] == text
        assert "<!doctype html>" in fetch(asked, accept="text/html")


def test_health_is_json(reading_room):
    assert json.loads(fetch(f"{reading_room}/health"))["status"] == "ok"
