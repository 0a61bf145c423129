"""Files that browsers keep for a year, because a changed file has another URL.

Every `url_for("static", ...)`, a blueprint's too, gets the hash of the file's content
as `v`, and so do the pictures of the texts. A file that is asked for by its right hash
is `immutable` (RFC 8246), since this URL will never mean another content. Without the
hash, or with another one, the browser has to ask again each time, so that an old page
never pins the file of a newer release.
"""

import hashlib
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.security import safe_join

HASH_DIGITS = 16  # hexadecimal, 64 bits: against accidents, not attacks
IMMUTABLE = f"public, max-age={365 * 24 * 3600}, immutable"
MIN_FILE_AGE_SECONDS = 2.0  # so that a new version of a file has another time


def init_app(app: Flask) -> None:
    """Put hashes into the URLs of static files, and answer by them."""

    @app.url_defaults
    def add_hash(endpoint: str, values: dict[str, Any]) -> None:
        if is_static(endpoint):
            path = path_of(app, endpoint, values.get("filename", ""))
            if path and (digest := content_hash(path)):
                values.setdefault("v", digest)

    @app.after_request
    def set_cache_control(response: Response) -> Response:
        if is_static(request.endpoint or ""):
            filename = (request.view_args or {})["filename"]
            keep_by_hash(response, path_of(app, request.endpoint or "", filename))
        return response


def keep_by_hash(response: Response, path: Path | None) -> Response:
    """Let a browser keep a file that it asked for by the hash of what is in it."""
    digest = content_hash(path) if path else None
    right = digest and request.args.getlist("v") == [digest]
    response.headers["Cache-Control"] = IMMUTABLE if right else "no-cache"
    response.headers.pop("Expires", None)
    return response


def is_static(endpoint: str) -> bool:
    """Tell whether a route serves static files: the app's, or those of a blueprint."""
    return endpoint == "static" or endpoint.endswith(".static")


def path_of(app: Flask, endpoint: str, filename: str) -> Path | None:
    """Return the path of a static file; None where its name leads out of the folder."""
    blueprint = endpoint.rpartition(".")[0]
    folder = (app.blueprints[blueprint] if blueprint else app).static_folder
    path = safe_join(folder, filename) if folder else None
    return Path(path) if path else None


def content_hash(path: Path) -> str | None:
    """Return the hash of a file's content; None where there is no such file."""
    try:
        stat = path.stat()
        if time.time() - stat.st_mtime < MIN_FILE_AGE_SECONDS:
            return _hash(path)
        return _hash_once(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)
    except (OSError, ValueError):  # no file, or a name that none can have
        return None


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_DIGITS]


@lru_cache(1000)
def _hash_once(path: Path, mtime_ns: int, size: int, inode: int) -> str:
    """Hash one version of a file, which the other arguments tell from the next one."""
    return _hash(path)
