"""Static files are kept by browsers for ever, because their URL changes with them.

Every `url_for("static", ...)`, a blueprint's too, gets the hash of the file's content
as `v`. A file that is asked for by its right hash can't ever be another one: RFC 8246
calls that immutable. Without the hash, or with another one, the browser has to ask
again each time, so that a page of an older release never pins what it is given.
"""

import functools
import hashlib
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from jinja2 import pass_context
from jinja2.runtime import Context
from werkzeug.security import safe_join

LENGTH = 16  # hexadecimal digits of the hash, 64 bits: against accidents, not attacks
YEAR = 365 * 24 * 3600  # seconds
SETTLED = 2.0  # seconds after which a file's time tells whether it is the same


class Digests:
    """The hashes of an app's static files; one is made again when its file changes."""

    def __init__(self, app: Flask) -> None:
        """Remember the app, whose blueprints have folders of their own."""
        self.app = app
        self._kept: dict[str, tuple[tuple[int, int, int], str]] = {}

    def of(self, endpoint: str, filename: str) -> str | None:
        """Return the hash of a static file; None where there is no such file."""
        folder = self._folder(endpoint)
        path = safe_join(folder, filename) if folder else None
        if path is None:
            return None
        try:
            stat = Path(path).stat()
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            known, digest = self._kept.get(path, (None, ""))
            if known != mark:
                content = Path(path).read_bytes()
                digest = hashlib.sha256(content).hexdigest()[:LENGTH]
                if time.time() - stat.st_mtime > SETTLED:
                    self._kept[path] = (mark, digest)
        except (OSError, ValueError):
            return None
        return digest

    def _folder(self, endpoint: str) -> str | None:
        """Return where the files of a `static` or `<blueprint>.static` route lie."""
        name = endpoint.rpartition(".")[0]
        owner = self.app.blueprints.get(name) if name else self.app
        return owner.static_folder if owner else None


def is_static(endpoint: str) -> bool:
    """Tell whether a route serves static files."""
    return endpoint == "static" or endpoint.endswith(".static")


def init_app(app: Flask) -> None:
    """Put hashes into URLs, and see to it that what has one is kept.

    Comes after the blueprints. It wraps the routes that serve files, so that the other
    ones pay nothing.
    """
    digests = Digests(app)

    @app.url_defaults
    def add_hash(endpoint: str, values: dict[str, Any]) -> None:
        if is_static(endpoint) and "v" not in values:
            digest = digests.of(endpoint, values.get("filename", ""))
            if digest:
                values["v"] = digest

    @functools.lru_cache(1000)
    def fixed(root_path: str, endpoint: str, filename: str | None) -> str:
        """Build an address below root_path, where the app is mounted."""
        return app.url_for(endpoint, filename=filename)

    @app.template_global()
    @pass_context
    def url_for(context: Context, endpoint: str, /, **values: Any) -> str:
        """Give templates Flask's `url_for`, which builds what is fixed only once.

        Like the templates themselves, files are looked at anew in debug mode only. A
        macro that sees no request, and an address that depends on one, ask Flask.
        """
        asked = context.get("request")
        filename = values.pop("filename", None)
        other = values and any(value is not None for value in values.values())
        if asked is None or other or app.debug or endpoint[0] == ".":
            return app.url_for(endpoint, filename=filename, **values)
        return fixed(asked.root_path, endpoint, filename)

    for endpoint in [name for name in app.view_functions if is_static(name)]:
        view = app.view_functions[endpoint]

        @functools.wraps(view)
        def serve(
            endpoint: str = endpoint,
            view: Any = view,  # of this turn of the loop
            **values: str,
        ) -> ResponseReturnValue:
            answer: Response = app.make_response(view(**values))
            digest = digests.of(endpoint, values["filename"])  # after it was opened
            answer.cache_control.clear()
            del answer.expires
            if digest and request.args.getlist("v") == [digest]:
                answer.cache_control.public = True
                answer.cache_control.max_age = YEAR
                answer.cache_control.immutable = True
            else:
                answer.cache_control.no_cache = True
            return answer

        app.view_functions[endpoint] = serve
