"""The rules of files: who may store which, who may read them, and when bytes go."""

import hashlib
import logging
from functools import partial
from typing import IO

from apps import clock
from apps.file import backend, disk, kinds, policy, signing
from apps.file.models import NewFile, Page, StoredFile
from apps.file.signing import UploadRefused
from apps.permission.domain import demand
from apps.store.database import afterwards, atomic
from apps.user import backend as users
from apps.user.models import User
from apps.user.signals import user_deleted

UPLOAD = "file.upload"  # the permission
CHUNK_BYTES = 64 * 1024  # that are in memory at a time
logger = logging.getLogger(__name__)


class NoSuchFile(Exception):
    """There is no such file, or it is somebody else's and not shared."""


class TooLong(Exception):
    """More bytes came than were announced."""


class TooShort(Exception):
    """Fewer bytes came than were announced."""


def announce(user: User, name: str, type: str, size: int) -> str:
    """Return a token with which the user may upload this file, once.

    Raises Forbidden, BadFileName, BadType, BadSize, QuotaExceeded.
    """
    demand(user, UPLOAD)
    file = policy.new_file(name, type, size)
    policy.check_quota(*backend.usage(user.id), file.size)
    return signing.sign(user.id, file, clock.now())


def store(owner: User, file: NewFile, body: IO[bytes]) -> StoredFile:
    """Store a file of which new_file has approved: its bytes, and then its row.

    Raises Forbidden, QuotaExceeded, TooLong, TooShort, WrongType, BadContents,
    DiskFull, DiskUnusable; nothing is left then.
    """
    demand(owner, UPLOAD)
    with disk.draft() as draft:
        sha256 = _copy(body, draft, file.size)
        kinds.check(file.type, draft, file.size)
        disk.sync(draft)
        with disk.locked(sha256), atomic():
            if not users.lock(owner):
                raise UploadRefused("the account has just been changed")
            policy.check_quota(*backend.usage(owner.id), file.size)
            row = StoredFile(owner_id=owner.id, name=file.name, type=file.type)
            row.size, row.sha256, row.shared = file.size, sha256, False
            row.created_at = clock.now()
            backend.add(row)
            disk.keep(draft, sha256)  # last: if it fails, the row is taken back
    return row


def _copy(body: IO[bytes], draft: IO[bytes], size: int) -> str:
    """Write a body to the disk as it comes, and return its hash."""
    digest, count = hashlib.sha256(), 0
    while chunk := body.read(CHUNK_BYTES):
        count += len(chunk)
        if count > size:
            break
        digest.update(chunk)
        draft.write(chunk)
    _compare(count, size)
    return digest.hexdigest()


def _compare(count: int, size: int) -> None:
    """Raise TooLong or TooShort where a body is not what was announced."""
    if count > size:
        raise TooLong(f"The body has more than the {size} bytes that were announced.")
    if count < size:
        raise TooShort(f"Only {count} of {size} bytes arrived. Send the file again.")


def receive(token: str, body: IO[bytes], length: int | None = None) -> StoredFile:
    """Store the file for which a token was given; length is what the sender says.

    Raises UploadRefused, and what store raises.
    """
    permit = signing.verify(token)
    if length is not None:
        _compare(length, permit.file.size)  # before a byte is read
    owner = backend.find_user(permit.owner_id)
    if owner is None:
        raise UploadRefused("its user is gone")
    if not backend.spend(permit.jti, signing.KNOWN_FOR):
        raise UploadRefused("the upload token was used")
    return store(owner, permit.file, body)


def mine(user: User, limit: int = 50, before: int | None = None) -> Page:
    """Return the user's files, the newest first; before is where a page ended."""
    found, used = backend.of_owner(user.id, limit + 1, before)
    files = found[:limit]
    return Page(files, files[-1].id if len(found) > limit else None, used)


def find(file_id: int, reader: User) -> StoredFile:
    """Return a file of the reader's own, or a shared one. Raises NoSuchFile."""
    file = backend.find(file_id)
    if file is None or not (file.shared or file.owner_id == reader.id):
        raise NoSuchFile("There is no such file.")
    return file


def share(file_id: int, user: User, shared: bool) -> StoredFile:
    """Let everybody read a file of the user's, or nobody else. Raises NoSuchFile."""
    with atomic():
        file = _own(file_id, user)
        file.shared = shared
    return file


def remove(file_id: int, user: User) -> None:
    """Delete a file of the user's. Raises NoSuchFile."""
    with atomic():
        file = _own(file_id, user)
        backend.remove(file.id)
        afterwards(partial(_drop, {file.sha256}))


@user_deleted.connect
def remove_all(user: User) -> None:
    """Delete the bytes of a user whose rows are about to go with the account."""
    afterwards(partial(_drop, backend.hashes_of(user.id)))


def _own(file_id: int, user: User) -> StoredFile:
    """Lock a file of the user's own. Raises NoSuchFile, also for a shared one."""
    file = backend.lock(file_id)
    if file is None or file.owner_id != user.id:
        raise NoSuchFile("There is no such file.")
    return file


def _drop(hashes: set[str]) -> None:
    """Remove bytes that no row names any more. If that fails, sweep does it later."""
    for sha256 in hashes:
        try:
            with disk.locked(sha256):
                if not backend.is_referenced(sha256):
                    disk.remove(sha256)
        except Exception:
            logger.exception("the bytes %s are left for `flask file sweep`", sha256)
