"""Packages put into an environment by links from one that was prepared: no download.

The prepared environment is of the same Python, and everything in it is compiled. What
installs packages replaces files whole, so nothing is written through a link.
"""

import os
import shutil
from collections.abc import Collection
from importlib.metadata import PathDistribution
from pathlib import Path

from course.source.requirements import canonicalize_name


def packages(environment: Path) -> dict[str, Path]:
    """Map the name and version of each installed package to its `.dist-info` folder."""
    found = environment.glob("lib/python*/site-packages/*.dist-info")
    return {one.stem.lower(): one for one in found}


def link_packages(
    prepared: Path, environment: Path, names: Collection[str] | None = None
) -> int:
    """Link what the prepared environment has and this one lacks; return how many.

    With names, these packages alone. One that is there in any version stays: to
    replace it is the installer's part.
    """
    there = {_name(stem) for stem in packages(environment)}
    wanted = {
        stem: info
        for stem, info in packages(prepared).items()
        if _name(stem) not in there and (names is None or _name(stem) in names)
    }
    for info in wanted.values():
        _link(info, prepared, environment)
    return len(wanted)


def _name(stem: str) -> str:
    """Return the package's name of `name-version`, as indexes compare it."""
    return canonicalize_name(stem.rpartition("-")[0])


def _link(info: Path, prepared: Path, environment: Path) -> None:
    """Link all files of one package, as its RECORD lists them, and what is compiled."""
    for file in PathDistribution(info).files or []:
        source = Path(os.path.normpath(file.locate()))
        if not source.is_file() or not source.is_relative_to(prepared):
            continue
        target = environment / source.relative_to(prepared)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.parent == prepared / "bin":
            _copy_script(source, target, prepared, environment)
            continue
        _hard_link(source, target)
        if source.suffix == ".py":
            for compiled in (source.parent / "__pycache__").glob(f"{source.stem}.*"):
                cache = target.parent / "__pycache__"
                cache.mkdir(exist_ok=True)
                _hard_link(compiled, cache / compiled.name)


def _copy_script(source: Path, target: Path, prepared: Path, environment: Path) -> None:
    """Copy a program; its first line names the Python of the environment it is in."""
    data = source.read_bytes()
    target.write_bytes(data.replace(bytes(prepared), bytes(environment)))
    target.chmod(source.stat().st_mode & 0o777)


def _hard_link(source: Path, target: Path) -> None:
    """Link a file; copy it where the folders lie on two disks."""
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
