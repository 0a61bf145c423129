"""`run.py`: its pages, and what it does where the packages are other ones."""

import os
import re
import runpy
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from flask.testing import FlaskClient


@pytest.fixture
def visitor(root: Path) -> FlaskClient:
    """A client that asks the app of run.py without a network."""
    client: FlaskClient = runpy.run_path(str(root / "run.py"))["app"].test_client()
    return client


def test_the_first_page(visitor: FlaskClient) -> None:
    assert visitor.get("/").text.startswith("<h1>It works.</h1>")


def test_the_first_page_links_to_the_others(visitor: FlaskClient) -> None:
    paths = re.findall(r'href="([^"]+)"', visitor.get("/").text)
    assert len(paths) == 2
    assert [visitor.get(path).status_code for path in paths] == [200, 200]


def test_it_greets_by_name(visitor: FlaskClient) -> None:
    assert visitor.get("/hello/Ada").text == "<h1>Hello, Ada.</h1>"


def test_a_name_with_html_in_it_is_shown_as_text(visitor: FlaskClient) -> None:
    assert visitor.get("/hello/<b>Ada").text == "<h1>Hello, &lt;b&gt;Ada.</h1>"


def test_the_versions_are_those_that_are_installed(visitor: FlaskClient) -> None:
    versions = visitor.get("/versions").json
    assert versions is not None
    assert versions["pytest"] == metadata.version("pytest")


def run(folder: Path, path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Start run.py from another folder; packages in `path` hide installed ones."""
    return subprocess.run(
        [sys.executable, str(folder / "run.py"), *words],
        cwd=path,
        env={**os.environ, "PYTHONPATH": str(path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def install(site: Path, name: str, version: str) -> None:
    """Install a package that has a name and a version, and no code."""
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    text = f"Name: {name}\nVersion: {version}\n"
    (folder / "METADATA").write_text(text, "utf-8")


def test_with_another_version_nothing_is_served(root: Path, tmp_path: Path) -> None:
    install(tmp_path, "itsdangerous", "0.0.1")
    ended = run(root, tmp_path)
    assert ended.returncode == 1
    assert "http://" not in ended.stdout
    assert ended.stderr.startswith("error: itsdangerous is 0.0.1, not ")
    assert "python -m pip install -r requirements.txt" in ended.stderr
    assert ended.stderr.count("\n") == 1
