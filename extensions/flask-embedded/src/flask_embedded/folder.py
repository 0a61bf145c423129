"""A folder of stores: holding it, and asking its guardian for a server."""

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from flask_embedded.errors import StoreNotStarted
from flask_embedded.private import make_link, private_file, private_folder, short

if sys.platform != "win32":
    import fcntl

GUARDIAN = Path(__file__).with_name("guardian.py")
ANSWERS_WITHIN = 90  # seconds; a guardian gives a server 60
log = logging.getLogger("flask_embedded")

# Held while a folder is taken or a guardian started. A fork waits for it: else the
# child would keep a lock that its parent took for a moment.
taking = threading.RLock()


def take_anew() -> None:
    """Begin a forked process with a lock that no thread of it holds."""
    global taking
    taking = threading.RLock()


if sys.platform != "win32":
    os.register_at_fork(
        before=lambda: taking.acquire(),
        after_in_parent=lambda: taking.release(),
        after_in_child=take_anew,
    )


class Folder:
    """Where an app's stores live: `embedded` in its instance folder.

    A process that uses them holds `users.lock` until it ends; so do the processes that
    it forks. The guardian stops the servers as soon as nobody does.
    """

    _known: ClassVar["weakref.WeakValueDictionary[Path, Folder]"] = (
        weakref.WeakValueDictionary()
    )

    def __init__(self, path: Path) -> None:
        """Know the folder; nothing is made before a store is used."""
        self.path = path
        self.short = short(path, "guardian.sock")
        self._release: weakref.finalize[[int], Folder] | None = None
        self._held = (0, 0)
        self._said: dict[str, str] = {}  # by store, the error that was logged last

    @classmethod
    def of(cls, path: Path) -> "Folder":
        """Return the one object of this process for the folder."""
        path = Path(os.path.abspath(path))
        with taking:
            return cls._known.setdefault(path, cls(path))

    def address(self, name: str) -> str:
        """Return the path of a socket in the folder, short enough to connect to."""
        return str(self.short / name)

    def start(self, name: str, command: list[str], hello: str, answer: str) -> None:
        """Have a server running, and this process held as its user."""
        wanted = {
            "name": name,
            "command": command,
            "hello": hello,
            "answer": answer,
        }
        try:
            said = self._ask(wanted)
        except OSError as error:
            where = error.filename or self.path
            said = {"error": f"{error.strerror or error}: {where}"}
        else:
            if "error" in said:
                said["error"] += f" (log: {self.path / name}.log)"
        self._tell(name, said)

    def _tell(self, name: str, said: dict[str, Any]) -> None:
        """Log what is new; raise where there is no server."""
        if error := said.get("error"):
            message = f"The embedded {name} store did not start: {error}"
            if message != self._said.get(name):
                log.error("%s", message)
            self._said[name] = message
            raise StoreNotStarted(message)
        self._said[name] = ""
        if said["started"]:
            where = self.path / name
            log.info("Started the embedded %s store (log: %s.log)", name, where)

    def _ask(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Ask the guardian for a server; start the guardian where there is none."""
        self.hold()
        for _ in range(3):
            with contextlib.suppress(ConnectionError, FileNotFoundError):
                return self._exchange(wanted)
            self._start_guardian()
        return self._exchange(wanted)

    def _exchange(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Send the guardian a question, return its answer."""
        with self._connect() as to:
            to.sendall(json.dumps(wanted).encode() + b"\n")
            answer = to.makefile("rb").read()
        if not answer:
            raise ConnectionResetError("the guardian ended")
        said: dict[str, Any] = json.loads(answer)
        return said

    def _connect(self) -> socket.socket:
        """Return a connection to the guardian."""
        if self.short != self.path:
            make_link(self.short, self.path)
        to = socket.socket(socket.AF_UNIX)
        try:
            to.settimeout(ANSWERS_WITHIN)
            to.connect(self.address("guardian.sock"))
        except BaseException:
            to.close()
            raise
        return to

    def _start_guardian(self) -> None:
        """Start the guardian, unless another process just did."""
        with taking, self._starting():
            with contextlib.suppress(ConnectionError, FileNotFoundError):
                self._connect().close()
                return
            links = [self.short] if self.short != self.path else []
            command = [python(), "-I", "-S", *map(str, [GUARDIAN, self.path, *links])]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True
            )
            if done.returncode:
                lines = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
                raise OSError(f"no guardian: {lines[-1]}")

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        """Be the only process that starts a guardian here."""
        number = private_file(self.path / "start.lock")
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield
        finally:
            os.close(number)

    def hold(self) -> None:
        """Be one of the folder's users, until this process ends or releases it.

        Waits while a guardian is stopping the servers.
        """
        with taking:
            if self._release is not None and self._is_held():
                return
            self.release()
            private_folder(self.path)
            number = private_file(self.path / "users.lock")
            self._release = weakref.finalize(self, os.close, number)
            fcntl.flock(number, fcntl.LOCK_SH)
            self._held = identity(os.fstat(number))

    def _is_held(self) -> bool:
        """Tell whether what we hold is what stands there now."""
        try:
            return identity((self.path / "users.lock").stat()) == self._held
        except FileNotFoundError:
            gone = "it was moved or removed while in use; start the app again"
            raise OSError(gone) from None

    def release(self) -> None:
        """Be no user any more; where others are, or forks of ours, nothing stops."""
        with taking:
            if self._release is not None:
                self._release()
            self._release = None


def identity(found: os.stat_result) -> tuple[int, int]:
    """Return what tells a file from every other one."""
    return found.st_dev, found.st_ino


def python() -> str:
    """Return this Python's path; inside of uWSGI, sys.executable is another program."""
    if Path(sys.executable).name.startswith(("python", "pypy")):
        return sys.executable
    major, minor = sys.version_info[:2]
    return str(Path(sys.prefix, "bin", f"python{major}.{minor}"))
