"""A tree of files in memory, which the weaver reads and returns."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

REGULAR, EXECUTABLE, SYMLINK = 0o100644, 0o100755, 0o120000


@dataclass(frozen=True, slots=True)
class File:
    """One file: its bytes (a symbolic link's are its target) and its git mode."""

    data: bytes
    mode: int = REGULAR


Tree = Mapping[str, File]  # POSIX path, undecodable bytes as surrogates -> file


def read_paths(root: Path, paths: Iterable[str]) -> dict[str, File]:
    """Read the named files under root; what is missing or no file is left out."""
    tree = {}
    for path in paths:
        file = read_file(root / path)
        if file is not None:
            tree[path] = file
    return tree


def read_file(path: Path) -> File | None:
    """Read one file with its git mode; None where there is none."""
    try:
        if path.is_symlink():
            return File(os.fsencode(os.readlink(path)), SYMLINK)
        if not path.is_file():
            return None
        mode = EXECUTABLE if os.access(path, os.X_OK) else REGULAR
        return File(path.read_bytes(), mode)
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_folder(root: Path, skip: Iterable[str] = (".git",)) -> dict[str, File]:
    """Read every file below root, but for the top-level names in skip."""
    left_out = set(skip)
    paths = []
    for folder, folders, files in os.walk(root):
        relative = Path(folder).relative_to(root)
        if relative == Path("."):
            folders[:] = [name for name in folders if name not in left_out]
            files = [name for name in files if name not in left_out]
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        paths += [(relative / name).as_posix() for name in [*files, *links]]
    return read_paths(root, sorted(paths))


def write_folder(tree: Tree, root: Path) -> None:
    """Write every file of tree below root, with its mode; other files there stay."""
    for path, file in tree.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink() or file.mode == SYMLINK:
            target.unlink(missing_ok=True)
        if file.mode == SYMLINK:
            os.symlink(os.fsdecode(file.data), target)
            continue
        target.write_bytes(file.data)
        target.chmod(0o755 if file.mode == EXECUTABLE else 0o644)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file in one step, by renaming a temporary one; its mode stays."""
    import tempfile

    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def digest(tree: Tree, *more: bytes | str) -> str:
    """SHA-256 (hex) of a tree's paths, modes and bytes, and of anything else given."""
    total = hashlib.sha256()
    for path in sorted(tree):
        file = tree[path]
        name = path.encode("utf-8", "surrogateescape")
        total.update(b"%d %d %o\0" % (len(name), len(file.data), file.mode))
        total.update(name)
        total.update(file.data)
    for part in more:
        if isinstance(part, str):
            part = part.encode("utf-8", "surrogateescape")
        total.update(b"%d\0" % len(part) + part)
    return total.hexdigest()
