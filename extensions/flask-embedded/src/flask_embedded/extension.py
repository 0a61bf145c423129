"""The extension: fills in the URLs that an app's configuration leaves open."""

import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from flask import Flask

from flask_embedded.connecting import register
from flask_embedded.errors import EmbeddedError
from flask_embedded.folder import Folder
from flask_embedded.stores import STORES, Kind, Store


class Embedded:
    """Gives an app a store for each of REDIS_URL and MONGO_URL that is not set.

    stores names the ones that the app uses: "redis", "mongo" or both.
    """

    def __init__(
        self, app: Flask | None = None, *, stores: Iterable[str] = tuple(STORES)
    ) -> None:
        """Remember which stores are wanted; with an app, fill in its URLs."""
        self.kinds = [STORES[name] for name in stores]
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Fill in the URLs that are not set. A server starts with the first connection.

        Raises EmbeddedError where a store's package is missing, and on Windows.
        """
        app.config.setdefault("EMBEDDED_FSYNC", "everysec")
        missing = [kind for kind in self.kinds if not app.config.get(kind.setting)]
        for kind in missing:
            check(kind)
        folder = Folder.of(Path(app.instance_path) / "embedded")
        for kind in missing:
            store = register(kind.store(folder, app.config))
            app.config[kind.setting] = store.url
            app.extensions.setdefault("embedded", {})[kind.name] = store

    def start(self, app: Flask) -> None:
        """Start the app's embedded stores now, for a program that gets their URL."""
        for store in stores_of(app):
            store.start()

    def close(self, app: Flask) -> None:
        """Say that this process is done with the app's stores, as a test is early.

        They stop unless another process uses them; the next connection starts them.
        """
        for store in stores_of(app):
            store.folder.release()


def stores_of(app: Flask) -> list[Store]:
    """Return the embedded stores that an app was given."""
    found: dict[str, Store] = app.extensions.get("embedded", {})
    return list(found.values())


def check(kind: Kind) -> None:
    """Raise where a store of this kind can't be had here."""
    if sys.platform == "win32":
        raise EmbeddedError(
            f"{kind.setting} is not set, and flask-embedded needs Linux or macOS (on "
            f"Windows: WSL); set {kind.setting} to a server's URL"
        )
    if find_spec(kind.module) is None:
        raise EmbeddedError(
            f"{kind.setting} is not set, and the package for an embedded store is "
            f'missing: pip install "flask-embedded[{kind.name}]", or set '
            f"{kind.setting} to a server's URL"
        )
