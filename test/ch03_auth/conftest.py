"""Migrations of the tests' own, and what their hashes cost."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.store.database import migrate

HEAD = '''"""more."""

import sqlalchemy as sa
from alembic import op

'''


@pytest.fixture
def add_migration(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Write a migration, 9901, into a copy of the folder, which is used from then."""

    def write(body: str) -> None:
        folder = tmp_path / "migrations"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(root / "migrations", folder, ignore=ignored)
        names = sorted(path.stem for path in folder.glob("versions/*.py"))
        last = names[-1].split("_")[0]
        revisions = f'revision = "9901"\ndown_revision = "{last}"\n'
        path = folder / "versions" / "9901_more.py"
        path.write_text(HEAD + revisions + body, "utf-8")
        monkeypatch.setattr(migrate, "directory", str(folder))

    return write


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What Argon2 does for each hash that is checked or made: memory times passes."""
    # Not installed yet in the first part of its chapter.
    from argon2 import PasswordHasher, extract_parameters

    done: list[int] = []
    check_one, make_one = PasswordHasher.verify, PasswordHasher.hash

    def verify(self: PasswordHasher, stored: str, password: bytes) -> bool:
        with contextlib.suppress(ValueError):  # no hash, no work
            cost = extract_parameters(stored)
            done.append(cost.memory_cost * cost.time_cost)
        return check_one(self, stored, password)

    def hash(self: PasswordHasher, password: bytes) -> str:
        done.append(self.memory_cost * self.time_cost)
        return make_one(self, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    monkeypatch.setattr(PasswordHasher, "hash", hash)
    return done
