"""Shapes: a file that is stored, and one that somebody wants to upload."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from apps.domain_error import DomainError
from apps.store.column_types import Time
from apps.store.database import db
from apps.user.models import User


class StoredFile(db.Model):
    """A file of a reader. Two with the same bytes have them on the disk once."""

    __table_args__: ClassVar = {"sqlite_autoincrement": True}  # no id is used twice

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(100))
    type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]  # bytes
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    shared: Mapped[bool] = mapped_column(default=False)  # with everybody who logs in
    created_at: Mapped[datetime] = mapped_column(Time)

    def fields(self) -> dict[str, object]:
        """Return what its readers may see of it."""
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "size": self.size,
            "sha256": self.sha256,
            "shared": self.shared,
            "created_at": self.created_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class NewFile:
    """What somebody says of a file before its bytes come."""

    name: str
    type: str
    size: int


class BadFile(DomainError):
    """What somebody says of a file, or what is in it, is not taken."""


class BadContents(BadFile):
    """A file that is not whole, or could harm whoever opens it."""

    field = "file"


class Page(NamedTuple):
    """Some files of a user, where the next ones begin, and the bytes of all of them."""

    files: list[StoredFile]
    next_before: int | None  # None: there are no more
    used: int
