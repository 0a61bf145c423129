"""Static files: a hash in every URL, and kept for ever only under the right one."""

import hashlib
import os
import re
import time
from pathlib import Path

import pytest
from flask import Blueprint, Flask, render_template_string, url_for
from flask.testing import FlaskClient

from apps.web import static_files

STATIC = Path(__file__).resolve().parents[2] / "apps" / "static"
IMMUTABLE = {"public", "max-age=31536000", "immutable"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one static file, of long ago."""
    made = tmp_path / "static"
    made.mkdir()
    write(made / "site.css", "a {}")
    return made


@pytest.fixture
def small(folder: Path, tmp_path: Path) -> Flask:
    """A small app with that folder, and a blueprint with one of its own."""
    app = Flask("small", static_folder=str(folder))
    own = tmp_path / "own"
    own.mkdir()
    write(own / "own.js", "1")
    app.register_blueprint(
        Blueprint("notes", __name__, static_folder=str(own), url_prefix="/notes")
    )
    static_files.init_app(app)
    return app


def write(path: Path, text: str) -> None:
    """Write a file as of a moment long past, which differs for each text."""
    path.write_text(text, encoding="utf-8")
    moment = 1_000_000_000 + len(text)
    os.utime(path, (moment, moment))


def url_of(app: Flask, filename: str, endpoint: str = "static") -> str:
    with app.test_request_context():
        return url_for(endpoint, filename=filename)


def kept(app: Flask, url: str) -> set[str]:
    """Ask for a file, and return what its Cache-Control says."""
    header = app.test_client().get(url, buffered=True).headers["Cache-Control"]
    return {word.strip() for word in header.split(",")}


def test_a_url_has_the_hash_of_the_content(small: Flask) -> None:
    digest = hashlib.sha256(b"a {}").hexdigest()[:16]
    assert url_of(small, "site.css") == f"/static/site.css?v={digest}"


def test_a_changed_file_has_another_url(small: Flask, folder: Path) -> None:
    before = url_of(small, "site.css")
    write(folder / "site.css", "b {  }")
    assert url_of(small, "site.css") != before


def test_a_file_written_twice_in_one_moment_has_another_url(
    small: Flask, folder: Path
) -> None:
    path, moment, urls = folder / "site.css", time.time() + 60, set()
    for text in ("b {}", "c {}"):
        path.write_text(text, encoding="utf-8")
        os.utime(path, (moment, moment))
        urls.add(url_of(small, "site.css"))
    assert len(urls) == 2


def test_the_right_hash_is_immutable(small: Flask) -> None:
    assert kept(small, url_of(small, "site.css")) == IMMUTABLE


def test_not_modified_is_immutable_too(small: Flask) -> None:
    client, url = small.test_client(), url_of(small, "site.css")
    etag = client.get(url, buffered=True).headers["ETag"]
    answer = client.get(url, headers={"If-None-Match": etag}, buffered=True)
    assert answer.status_code == 304
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "query", ["", "?v=", "?v=0123456789abcdef", "?v={}0", "?v=0&v={}", "?w={}"]
)
def test_a_wrong_or_missing_hash_is_asked_for_again(small: Flask, query: str) -> None:
    small.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    digest = url_of(small, "site.css").partition("v=")[2]
    answer = small.test_client().get(
        "/static/site.css" + query.format(digest), buffered=True
    )
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Expires" not in answer.headers


def test_an_old_hash_does_not_pin_the_new_file(small: Flask, folder: Path) -> None:
    old = url_of(small, "site.css")
    write(folder / "site.css", "b {  }")
    assert kept(small, old) == {"no-cache"}


def test_the_files_of_a_blueprint_too(small: Flask) -> None:
    url = url_of(small, "own.js", "notes.static")
    assert url.startswith("/notes/own.js?v=") or "/notes/" in url
    assert kept(small, url) == IMMUTABLE


def test_a_blueprint_names_its_own_files(small: Flask) -> None:
    with small.test_request_context("/"):
        assert "v=" not in url_for("static", filename="own.js")


@pytest.mark.parametrize("name", ["missing.css", "../small.py", "", "x\0y", "a/../.."])
def test_what_is_no_file_has_no_hash_and_is_not_kept(small: Flask, name: str) -> None:
    url = url_of(small, name)
    assert "v=" not in url
    answer = small.test_client().get("/static/missing.css?v=" + "0" * 16)
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def written(app: Flask, root: str = "", **values: str) -> str:
    """Return the URL that a template writes, in an app that is mounted at root."""
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
        text = "{{ url_for('static', filename='site.css', **values) }}"
        return render_template_string(text, values=values)


def test_a_template_writes_the_same_url_wherever_the_app_is_mounted(
    small: Flask,
) -> None:
    url = url_of(small, "site.css")
    assert [written(small), written(small)] == [url, url]
    assert written(small, "/below") == f"/below{url}"
    assert written(small, _anchor="a") == f"{url}#a"
    assert written(small) == url


def test_debug_mode_looks_at_a_file_again(small: Flask, folder: Path) -> None:
    small.debug = True
    before = written(small)
    write(folder / "site.css", "b {  }")
    assert written(small) == url_of(small, "site.css") != before


def test_other_urls_stay_as_they_are(app: Flask) -> None:
    with app.test_request_context():
        assert url_for("health.health") == "/health"


@pytest.mark.parametrize("page", ["/", "/chapter/one", "/search?q=text", "/nowhere"])
def test_every_static_url_of_a_page_is_immutable(
    client: FlaskClient, page: str
) -> None:
    text = client.get(page, headers={"Accept": "text/html"}).text
    urls = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert urls
    for url in urls:
        answer = client.get(url, buffered=True)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"], url
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.glob("*.[cj]s*")))
def test_no_file_names_another_without_its_hash(name: str) -> None:
    """A URL inside a file gets no hash: a page has to name the files it needs."""
    text = (STATIC / name).read_text(encoding="utf-8")
    assert not re.findall(r"""@import|url\((?!["']?(?:data:|#))|\bfrom ["']\.""", text)
    assert not re.findall(r"""\bimport\s*\(?\s*["']""", text)
