"""The keys that sign access tokens: a JSON file, `{kid: key}`, whose last one signs.

All of them verify, so a new key can sign while tokens of the old one are still about.
Running processes read the file again when it changes. An edit replaces the whole file,
under a lock, so nobody reads half of it and no edit undoes another. Only its owner may
read it (mode 0600), because whoever reads a key can sign in anybody's name.
"""

import contextlib
import fcntl
import json
import logging
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from apps.settings.configuration import ConfigurationError

logger = logging.getLogger(__name__)

KID = re.compile(r"[\w.-]{1,64}", re.ASCII)
MIN_KEY_BYTES = 32  # as long as a SHA-256 hash (RFC 7518, section 3.2)
MAX_FILE_BYTES = 64 * 1024
ADVICE = "name one, and make it with: flask --app apps keys rotate"


class KeysUnusable(ConfigurationError):
    """The file of keys cannot be read, can be read by others, or holds no keys."""


class KeyInUse(Exception):
    """This key cannot be retired (yet); the message says why."""


class KeyFile:
    """The keys as the file has them now."""

    def __init__(self, path: Path, create_missing: bool = False) -> None:
        """Read the keys from path; with create_missing, make a missing file."""
        self.path, self.create_missing = path, create_missing
        self._cache: tuple[tuple[int, ...], dict[str, str]] = ((), {})

    def current(self) -> dict[str, str]:
        """Return the keys by their ids, the one that signs last.

        If the file becomes unusable while the app runs, that is logged once, and the
        keys read before stay in use. Raises KeysUnusable if it never was usable.
        """
        version: tuple[int, ...] = ()
        with contextlib.suppress(OSError):
            stat = self.path.stat()
            version = (stat.st_ctime_ns, stat.st_ino, stat.st_size)
        known, keys = self._cache
        if version != known or not keys:
            try:
                keys = self._read()
            except KeysUnusable as error:
                if not keys:
                    raise
                logger.error("%s; the keys read before stay", error)
            self._cache = version, keys  # in one step: threads read it without a lock
        return keys

    def signing(self) -> tuple[str, str]:
        """Return the id and the key that sign."""
        return next(reversed(self.current().items()))

    def changed_at(self) -> datetime:
        """Return when the present key began to sign, and the others ceased to."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def rotate(self, now: datetime) -> str:
        """Add a key, which signs from now on, and return its id."""
        with self._locked():
            return self._add(now, self._read() if self.path.exists() else {})

    def retire(self, kid: str, now: datetime, lifetime: timedelta) -> None:
        """Delete a key whose tokens, of that lifetime, have all expired.

        Raises KeyInUse if one may still be valid, or if the key signs.
        """
        with self._locked():
            keys = self._read()
            if kid not in keys:
                raise KeyInUse(f"There is no key {kid!r}.")
            if kid == next(reversed(keys)):
                raise KeyInUse(f"{kid} signs: rotate first.")
            free = self.changed_at() + lifetime
            if now < free:
                raise KeyInUse(
                    f"A token of {kid} may be valid until {free:%Y-%m-%d %H:%M:%S} UTC."
                )
            del keys[kid]
            self._write(keys, changed_at=self.path.stat().st_mtime_ns)

    def _read(self) -> dict[str, str]:
        try:
            if self.create_missing and not self.path.exists():
                self._make()
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    if not self.create_missing:
                        advice = f"chmod 600 {self.path}"
                        raise KeysUnusable(f"{self.path} is open to others: {advice}")
                    with contextlib.suppress(
                        OSError
                    ):  # some file systems know no modes
                        os.fchmod(file.fileno(), 0o600)
                return self._parsed(file.read(MAX_FILE_BYTES + 1))
        except FileNotFoundError:
            raise KeysUnusable(f"There is no file {self.path}: {ADVICE}") from None
        except OSError as error:
            raise KeysUnusable(f"{self.path} cannot be read: {error}") from error

    def _make(self) -> None:
        """Make the file with a first key, unless another process has just done it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if not self.path.exists():
                self._add(datetime.now(UTC), {})

    def _parsed(self, text: bytes) -> dict[str, str]:
        """Read the file's text; no message repeats a part of it."""
        try:
            keys = json.loads(text, object_pairs_hook=_unique)
        except (ValueError, RecursionError):
            raise KeysUnusable(f"{self.path} is not JSON, or has a key twice") from None
        if not isinstance(keys, dict) or not keys:
            raise KeysUnusable(f"{self.path} holds no keys, as in {{kid: key}}")
        for kid, key in keys.items():
            size = len(key.encode("utf-8", "replace")) if isinstance(key, str) else 0
            if not KID.fullmatch(kid) or size < MIN_KEY_BYTES:
                wanted = f"a kid is of {KID.pattern}, a key has {MIN_KEY_BYTES} bytes"
                raise KeysUnusable(f"{self.path}: {wanted} or more")
        return keys

    def _add(self, now: datetime, keys: dict[str, str]) -> str:
        """Write the keys and a new one, and return its id."""
        kid = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        self._write(keys | {kid: secrets.token_urlsafe(48)})
        return kid

    def _write(self, keys: dict[str, str], changed_at: int | None = None) -> None:
        """Replace the file by a new one, which keeps the old one's owner."""
        target = self.path.resolve()
        descriptor, draft = tempfile.mkstemp("", f".{target.name}.", target.parent)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(keys, file, indent=2)
                file.flush()
                os.fsync(descriptor)
            if target.exists() and os.geteuid() == 0:  # root edits the app's file
                os.chown(draft, target.stat().st_uid, target.stat().st_gid)
            if changed_at:
                os.utime(draft, ns=(changed_at, changed_at))
            os.replace(draft, target)
        finally:
            Path(draft).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time edit; the lock on the folder ends with us."""
        try:
            folder = os.open(self.path.resolve().parent, os.O_RDONLY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
                yield
            finally:
                os.close(folder)
        except OSError as error:
            raise KeysUnusable(f"{self.path} cannot be edited: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make the object; a name that stands in it twice would lose a key."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def key_file() -> KeyFile:
    """Return this app's file of keys. Raises KeysUnusable where none is named."""
    app = current_app
    path = app.config["JWT_KEYS_FILE"]
    create_missing = app.config.get("APP_CONFIG", "production") != "production"
    if path is None and not create_missing:
        raise KeysUnusable(f"JWT_KEYS_FILE names no file of keys: {ADVICE}")
    if "jwt_keys" not in app.extensions:
        default = Path(app.instance_path) / "jwt_keys.json"
        app.extensions["jwt_keys"] = KeyFile(path or default, create_missing)
    file: KeyFile = app.extensions["jwt_keys"]
    return file


def issuer_and_audience() -> tuple[str, str]:
    """Return who issues this app's tokens, and for whom."""
    return current_app.config["TOKEN_ISSUER"], current_app.config["TOKEN_AUDIENCE"]


def require_keys(app: Flask) -> None:
    """Refuse to serve where tokens could not be signed. Raises KeysUnusable."""
    with app.app_context():
        key_file().current()
