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
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from flask import Flask, current_app
from pydantic import Field, TypeAdapter

from apps.settings.configuration import ConfigurationError

logger = logging.getLogger(__name__)

ADVICE = "name one, and make it with: flask --app apps keys rotate"
Kid = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
# As long as a SHA-256 hash (RFC 7518, section 3.2).
Key = Annotated[str, Field(min_length=32, max_length=1024)]
PAIRS = TypeAdapter(Annotated[list[tuple[Kid, Key]], Field(min_length=1)])


class KeysUnusable(ConfigurationError):
    """The file of keys cannot be read, can be read by others, or holds no keys."""


class KeyInUse(Exception):
    """This key cannot be retired (yet); the message says why."""


def _add_key(keys: dict[str, str], now: datetime) -> str:
    """Add a random key, which signs from now on, and return its id."""
    kid = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    keys[kid] = secrets.token_urlsafe(48)
    return kid


def _require(kid: str, keys: dict[str, str]) -> None:
    """Raise KeyInUse if there is no such key."""
    if kid not in keys:
        raise KeyInUse(f"There is no key {kid!r}.")


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
        with self._editing() as keys:
            return _add_key(keys, now)

    def retire(self, kid: str, now: datetime, lifetime: timedelta) -> None:
        """Delete a key whose tokens, of that lifetime, have all expired.

        Raises KeyInUse if one may still be valid, or if the key signs.
        """
        with self._editing() as keys:
            _require(kid, keys)
            if kid == next(reversed(keys)):
                raise KeyInUse(f"{kid} signs: rotate first.")
            free = self.changed_at() + lifetime
            if now < free:
                raise KeyInUse(
                    f"A token of {kid} may be valid until {free:%Y-%m-%d %H:%M:%S} UTC."
                )
            del keys[kid]

    def retire_leaked(self, kid: str, now: datetime) -> str:
        """Delete a key and so refuse its tokens; return the id of the one that signs.

        Where it signs itself, another one takes over in the same edit. Raises KeyInUse.
        """
        with self._editing() as keys:
            _require(kid, keys)
            if kid == next(reversed(keys)):
                _add_key(keys, now)
            del keys[kid]
            return next(reversed(keys))

    def _read(self) -> dict[str, str]:
        """Read the keys; where we may, make a missing file with a first one."""
        if self.create_missing and not self.path.exists():
            with self._editing() as keys:
                if not keys:  # else another process has just made it
                    keys["first"] = secrets.token_urlsafe(48)
        return self._load()

    def _load(self) -> dict[str, str]:
        """Read the file, which is for its owner alone; no message repeats a part."""
        try:
            if self.path.stat().st_mode & 0o077:
                if not self.create_missing:
                    raise KeysUnusable(f"{self.path} is open to others: chmod 600 it")
                with contextlib.suppress(OSError):  # some file systems know no modes
                    self.path.chmod(0o600)
            pairs = json.loads(self.path.read_bytes(), object_pairs_hook=list)
            keys = dict(PAIRS.validate_python(pairs))
            if len(keys) < len(pairs):
                raise ValueError("a kid stands there twice")
        except FileNotFoundError:
            raise KeysUnusable(f"There is no file {self.path}: {ADVICE}") from None
        except OSError as error:
            raise KeysUnusable(f"{self.path} cannot be read: {error}") from error
        except (ValueError, RecursionError):
            wanted = "{kid: key}, each kid once, each key of 32 characters or more"
            raise KeysUnusable(f"{self.path} holds no keys, as in {wanted}") from None
        return keys

    @contextlib.contextmanager
    def _editing(self) -> Iterator[dict[str, str]]:
        """Let one process at a time change the keys; the lock on the folder ends it."""
        try:
            if self.create_missing:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            folder = os.open(self.path.resolve().parent, os.O_RDONLY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
                before = self._load() if self.path.exists() else {}
                keys = dict(before)
                yield keys
                if keys != before:
                    self._replace(keys, same_signs=[*keys][-1:] == [*before][-1:])
            finally:
                os.close(folder)
        except OSError as error:
            raise KeysUnusable(f"{self.path} cannot be edited: {error}") from error

    def _replace(self, keys: dict[str, str], same_signs: bool) -> None:
        """Put a new file in place of the old one, whose owner (and time) it keeps."""
        target = self.path.resolve()
        descriptor, draft = tempfile.mkstemp("", f".{target.name}.", target.parent)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(keys, file, indent=2)
                file.flush()
                os.fsync(descriptor)
            if target.exists() and os.geteuid() == 0:  # root edits the app's file
                os.chown(draft, target.stat().st_uid, target.stat().st_gid)
            if same_signs:
                os.utime(draft, ns=(target.stat().st_mtime_ns,) * 2)
            os.replace(draft, target)
        finally:
            Path(draft).unlink(missing_ok=True)


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
