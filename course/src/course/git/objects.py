"""Compute the hashes of git's objects without running git."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from course.git.command import EMAIL, NAME
from course.tree import Tree

# Every machine has to write the same commit, so nobody's name and no clock is in it.
DATE = 1_767_225_600  # 2026-01-01T00:00:00Z, in seconds
SIGNATURE = f"{NAME} <{EMAIL}> {DATE} +0000"

Entries = Mapping[str, tuple[int, str]]  # path -> (git mode, SHA of the blob)


class ObjectHasher:
    """The hashes that a repository gives its objects; each blob is hashed once."""

    def __init__(self, example: str) -> None:
        """Take the kind of hash (SHA-1 or SHA-256) from any hash of the repository."""
        self._algorithm = "sha256" if len(example) == 64 else "sha1"
        self._blobs: dict[bytes, str] = {}

    def hash_object(self, kind: str, data: bytes) -> str:
        """Return the hash of an object of a kind: blob, tree or commit."""
        head = b"%s %d\0" % (kind.encode(), len(data))
        return hashlib.new(self._algorithm, head + data).hexdigest()

    def blob(self, data: bytes) -> str:
        """Return the hash of a file's bytes."""
        if data not in self._blobs:
            self._blobs[data] = self.hash_object("blob", data)
        return self._blobs[data]

    def entries(self, tree: Tree) -> dict[str, tuple[int, str]]:
        """Return what git would list for a tree of files."""
        return {path: (file.mode, self.blob(file.data)) for path, file in tree.items()}

    def tree(self, entries: Entries) -> str:
        """Return the hash of the tree that holds exactly these entries."""
        top: dict[bytes, Any] = {}
        for path, entry in entries.items():
            *folders, name = os.fsencode(path).split(b"/")
            folder = top
            for part in folders:
                folder = folder.setdefault(part, {})
            folder[name] = entry
        return self._folder(top)

    def _folder(self, folder: dict[bytes, Any]) -> str:
        """Return the hash of one level; git sorts a folder as if a slash ended it."""
        lines = []
        for name, entry in folder.items():
            if isinstance(entry, dict):
                sha = self._folder(entry)
                lines.append((name + b"/", b"40000", name, sha))
            else:
                mode, sha = entry
                lines.append((name, b"%o" % mode, name, sha))
        return self.hash_object(
            "tree",
            b"".join(
                mode + b" " + name + b"\0" + bytes.fromhex(sha)
                for _, mode, name, sha in sorted(lines)
            ),
        )


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of ours that is not written yet."""

    sha: str
    parents: tuple[str, ...]
    message: str
    entries: Entries

    @classmethod
    def make(
        cls,
        hasher: ObjectHasher,
        entries: Entries,
        parents: Iterable[str],
        message: str,
    ) -> "Commit":
        """Build a commit; the same tree, parents and message always give one hash."""
        unique_parents = tuple(dict.fromkeys(parents))
        lines = [
            f"tree {hasher.tree(entries)}",
            *(f"parent {sha}" for sha in unique_parents),
        ]
        lines += [f"author {SIGNATURE}", f"committer {SIGNATURE}", "", message]
        return cls(
            hasher.hash_object("commit", "\n".join(lines).encode()),
            unique_parents,
            message,
            entries,
        )
