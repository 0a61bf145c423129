"""The keys that sign access tokens: a JSON file, `{kid: key}`, whose last one signs.

All of them verify, so a new key can sign while tokens of the old one are still about.
Running processes read the file again when it changes. It is replaced in one step, under
a lock, so nobody reads half of it and no two edits lose each other. It must be closed
to everybody but its owner (mode 0600): who reads a key can sign in anybody's name.
"""

import contextlib
import fcntl
import json
import logging
import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from apps.settings.configuration import ConfigurationError

logger = logging.getLogger(__name__)

KID = re.compile(r"[\w.-]{1,64}", re.ASCII)
SHORTEST = 32  # bytes of a key: as long as a SHA-256 hash (RFC 7518, section 3.2)
LARGEST = 64 * 1024  # bytes of the file
ADVICE = "name one, and make it with: flask --app apps keys rotate"


class KeysUnusable(ConfigurationError):
    """The file of keys cannot be read, can be read by others, or holds no keys."""


class KeyStays(Exception):
    """This key cannot be retired (yet); the message says why."""


class KeyFile:
    """The keys as the file has them now."""

    def __init__(self, path: Path, makes: bool = False) -> None:
        """Take the keys from path; makes says to make the file where there is none."""
        self.path, self.makes = path, makes
        self._seen: tuple[tuple[int, ...], dict[str, str]] = ((), {})

    def current(self) -> dict[str, str]:
        """Return the keys by their ids, the one that signs last.

        A file that was made unusable while we run is logged, once, and the keys that
        it had stay. Raises KeysUnusable where it never was usable.
        """
        stat, (known, keys) = self._look(), self._seen
        if stat != known or not keys:
            try:
                keys = self._read()
            except KeysUnusable as error:
                if not keys:
                    raise
                logger.error("%s; the keys read before stay", error)
            self._seen = stat, keys  # at once: threads look at it without a lock
        return keys

    def signing(self) -> tuple[str, str]:
        """Return the id and the key that sign."""
        return next(reversed(self.current().items()))

    def changed_at(self) -> datetime:
        """Return since when the last key has signed; when others signed last, too."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def rotate(self, now: datetime) -> str:
        """Add a key, which signs from now on, and return its id."""
        with self._locked():
            keys = self._read() if self.path.exists() else {}
            kid = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
            self._write(keys | {kid: secrets.token_urlsafe(48)})
        return kid

    def retire(self, kid: str, now: datetime, lifetime: timedelta) -> None:
        """Take a key away whose tokens, of that lifetime, have all expired.

        Raises KeyStays if one may still be valid, or if it is the one that signs.
        """
        with self._locked():
            keys = self._read()
            if kid not in keys:
                raise KeyStays(f"There is no key {kid!r}.")
            if kid == next(reversed(keys)):
                raise KeyStays(f"{kid} signs: rotate first.")
            free = self.changed_at() + lifetime
            if now < free:
                raise KeyStays(
                    f"A token of {kid} may be valid until {free:%Y-%m-%d %H:%M:%S} UTC."
                )
            del keys[kid]
            self._write(keys, keep_time=True)

    def make(self, now: datetime) -> None:
        """Make the file with a first key, unless another process was faster."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if self.path.exists():
                return
            self._write({f"{now:%Y%m%d-%H%M%S}-first": secrets.token_urlsafe(48)})

    def _look(self) -> tuple[int, ...]:
        """Return what differs when the file was changed; nothing if it is gone."""
        try:
            stat = os.stat(self.path)
        except OSError:
            return ()
        return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_size

    def _read(self) -> dict[str, str]:
        try:
            if self.makes and not self.path.exists():
                self.make(datetime.now(UTC))
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    self._close_to_others(file.fileno())
                text = file.read(LARGEST + 1)
        except FileNotFoundError:
            raise KeysUnusable(f"There is no file {self.path}: {ADVICE}") from None
        except OSError as error:
            raise KeysUnusable(f"{self.path} cannot be read: {error}") from error
        return self._parsed(text)

    def _close_to_others(self, descriptor: int) -> None:
        """Refuse a file that others may read; mend it where we made it ourselves."""
        if not self.makes:
            raise KeysUnusable(f"{self.path} is open to others: chmod 600 {self.path}")
        with contextlib.suppress(OSError):  # some file systems know no modes
            os.fchmod(descriptor, 0o600)

    def _parsed(self, text: bytes) -> dict[str, str]:
        """Read the file's text; no message quotes it."""
        try:
            keys = json.loads(text, object_pairs_hook=_unique)
        except (ValueError, RecursionError):
            raise KeysUnusable(
                f"{self.path} is not JSON, or names one key twice"
            ) from None
        if not isinstance(keys, dict) or not keys:
            raise KeysUnusable(f"{self.path} holds no keys, as in {{kid: key}}")
        for kid, key in keys.items():
            if not KID.fullmatch(kid):
                raise KeysUnusable(f"{self.path}: a kid is not of {KID.pattern}")
            if (
                not isinstance(key, str)
                or len(key.encode("utf-8", "replace")) < SHORTEST
            ):
                raise KeysUnusable(f"{self.path}: {kid} has less than {SHORTEST} bytes")
        return keys

    def _write(self, keys: dict[str, str], keep_time: bool = False) -> None:
        """Put a new file in the place of the old one, which keeps its owner."""
        place = self.path.resolve()
        draft = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
        before = place.stat() if place.exists() else None
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        try:
            with open(os.open(draft, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(json.dumps(keys, indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
                if before and os.geteuid() == 0:  # it may belong to the app's user
                    os.fchown(file.fileno(), before.st_uid, before.st_gid)
            if before and keep_time:
                os.utime(draft, ns=(before.st_atime_ns, before.st_mtime_ns))
            os.replace(draft, place)
        finally:
            draft.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time edit; the folder's lock ends with us."""
        try:
            folder = os.open(self.path.resolve().parent, os.O_RDONLY)
        except OSError as error:
            raise KeysUnusable(f"{self.path} cannot be edited: {error}") from error
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        except OSError as error:
            raise KeysUnusable(f"{self.path} cannot be edited: {error}") from error
        finally:
            os.close(folder)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make the object, unless a name stands in it twice: one key would be lost."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def key_file() -> KeyFile:
    """Return this app's file of keys. Raises KeysUnusable where none is named."""
    app = current_app
    path = app.config["JWT_KEYS_FILE"]
    own = app.config.get("APP_CONFIG", "production") != "production"
    if path is None and not own:
        raise KeysUnusable(f"JWT_KEYS_FILE names no file of keys: {ADVICE}")
    if "jwt_keys" not in app.extensions:
        default = Path(app.instance_path) / "jwt_keys.json"
        app.extensions["jwt_keys"] = KeyFile(path or default, makes=own)
    kept: KeyFile = app.extensions["jwt_keys"]
    return kept


def names() -> tuple[str, str]:
    """Return who issues this app's tokens, and for whom."""
    return current_app.config["TOKEN_ISSUER"], current_app.config["TOKEN_AUDIENCE"]


def require_keys(app: Flask) -> None:
    """Refuse to serve where tokens could not be signed. Raises KeysUnusable."""
    with app.app_context():
        key_file().current()
