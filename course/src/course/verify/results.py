"""The cache of results: a check runs again when something that it reads changed."""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from course.tree import File, Tree, write_atomically
from course.verify import real_parts

MAX_RESULTS = 20_000  # each is a small file
DAY = 86_400.0  # seconds
CHECKERS = (
    "coverage",
    "markdown-it-py",
    "ruff",
    "uv",
)  # a result depends on their versions


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    summary is a few words for a list, detail what to show whole when it fails. A check
    that does not concern a chapter (no migrations, say) holds and does not apply.
    """

    holds: bool
    summary: str
    detail: str = ""
    applies: bool = True
    wall_seconds: float = field(default=0.0, compare=False)  # what the check took
    cpu_seconds: float = field(default=0.0, compare=False)


class Digests:
    """Digests of trees; a file is hashed once, however many trees share it."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._files: dict[int, tuple[File, bytes]] = {}

    def of(self, tree: Tree) -> str:
        """SHA-256 (hex) of a tree's paths, modes and bytes."""
        total = hashlib.sha256()
        for path in sorted(tree):
            name = path.encode("utf-8", "surrogateescape")
            total.update(b"%d %o\0" % (len(name), tree[path].mode))
            total.update(name + self._file(tree[path]))
        return total.hexdigest()

    def _file(self, file: File) -> bytes:
        known = self._files.get(id(file))
        if known is None:
            known = file, hashlib.sha256(file.data).digest()
            self._files[id(file)] = (
                known  # holds the file, so that its id stays its own
            )
        return known[1]


def key_of(*parts: object) -> str:
    """Return the key of a result: a digest of everything that the result depends on."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def code_digest() -> str:
    """Return the digest of the tool's own code and of the programs that it runs.

    After an edit of a check, or with another linter or PostgreSQL, everything is
    checked again.
    """
    total = hashlib.sha256()
    for name in CHECKERS:
        total.update(f"{name} {version(name)}\n".encode())
    for part in real_parts.versions():
        total.update(f"{part}\n".encode())
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        total.update(name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


@dataclass
class Results:
    """The results of checks that passed, a small JSON file for each key."""

    folder: Path
    reads: bool = True  # off: everything is checked again, and stored again

    def get(self, key: str) -> Verdict | None:
        """Return the stored verdict; None where there is none or its file is broken."""
        if not self.reads:
            return None
        path = self._path(key)
        try:
            record = json.loads(path.read_bytes())
            verdict = Verdict(
                True,
                str(record["summary"]),
                applies=bool(record["applies"]),
                wall_seconds=float(record["wall_seconds"]),
                cpu_seconds=float(record["cpu_seconds"]),
            )
            if time.time() - path.stat().st_mtime > DAY:
                os.utime(path)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return verdict

    def put(self, key: str, verdict: Verdict) -> None:
        """Store a verdict if the check passed; a failed one is run again next time."""
        if not verdict.holds:
            return
        path = self._path(key)
        record: Mapping[str, object] = {
            "summary": verdict.summary,
            "applies": verdict.applies,
            "wall_seconds": round(verdict.wall_seconds, 3),
            "cpu_seconds": round(verdict.cpu_seconds, 3),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(record).encode())

    def prune(self, most: int = MAX_RESULTS) -> None:
        """Remove those that were used longest ago, where there are more than `most`."""
        files = [path for path in self.folder.glob("*/*") if path.is_file()]
        if len(files) <= most:
            return
        files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[most * 3 // 4 :]:
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}.json"
