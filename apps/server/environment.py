"""Compare the packages that are installed with the versions that are pinned."""

import os
import re
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from rich.console import Console
from rich.table import Table


class Row(NamedTuple):
    """One package; a version that there is not is an empty string."""

    name: str
    pinned: str
    installed: str
    verdict: str


def applies(requirement: Requirement, extras: Iterable[str] = ()) -> bool:
    """Tell whether this Python, system and choice of extras need it."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": e}) for e in ["", *extras])


def read(path: Path) -> list[Requirement]:
    """Read what applies here; raise OSError or ValueError where it is unreadable."""
    requirements = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        text = re.split(r"(?:^|\s)#", line)[0].strip()
        if text and not text.startswith("-"):
            try:
                requirements.append(Requirement(text))
            except ValueError:
                raise ValueError(f"{path.name}, line {number}: {text!r}") from None
    return [requirement for requirement in requirements if applies(requirement)]


def installed(asked: list[Requirement]) -> dict[NormalizedName, str]:
    """Map all that is asked for, and all that this pulls in, to its version."""
    versions: dict[NormalizedName, str] = {}
    waiting, seen = list(asked), set[Requirement]()
    while waiting:
        requirement = waiting.pop()
        if requirement in seen:
            continue
        seen.add(requirement)
        name = canonicalize_name(requirement.name)
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            versions[name] = ""
            continue
        versions[name] = package.metadata.get_all("Version", [""])[0]
        needs = [Requirement(text) for text in package.requires or []]
        waiting += [need for need in needs if applies(need, requirement.extras)]
    return versions


def judge(name: str, version: str, pin: SpecifierSet | None) -> Row:
    """Compare one installed version with its pin."""
    if pin is None:
        verdict = "not pinned"
    elif not version:
        verdict = "missing"
    else:
        agrees = pin.contains(version, prereleases=True)
        verdict = "as pinned" if agrees else "another version"
    return Row(name, str(pin or "").removeprefix("=="), version, verdict)


def compare(folder: Path) -> list[Row]:
    """Judge every package that the project in `folder` needs, by name."""
    pins = read(folder / "constraints.txt")
    pinned = {canonicalize_name(pin.name): pin.specifier for pin in pins}
    versions = installed(read(folder / "requirements.txt"))
    return [judge(name, versions[name], pinned.get(name)) for name in sorted(versions)]


CONTAINER_FILES = ["/.dockerenv", "/run/.containerenv"]


def is_isolated() -> bool:
    """Tell whether this Python serves one project: venv, conda or a container."""
    if sys.prefix != sys.base_prefix or {"CONDA_PREFIX", "container"} & set(os.environ):
        return True
    return any(Path(name).exists() for name in CONTAINER_FILES)


def draw(rows: list[Row]) -> None:
    """Print the rows as a table."""
    table = Table("package", "pinned", "installed", "verdict")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def check(folder: Path, table: bool = False) -> None:
    """Warn outside of an environment; exit with 1 where it is not as pinned."""
    if not is_isolated():
        advice = "Make and activate an environment of its own."
        print(f"warning: {sys.prefix} is shared. {advice}", file=sys.stderr)
    try:
        rows = compare(folder)
    except (OSError, ValueError) as error:
        print(f"warning: versions were not compared: {error}", file=sys.stderr)
        return
    if table:
        draw(rows)
    wrong = [
        f"{row.name} is {row.installed or 'missing'}, not {row.pinned}"
        for row in rows
        if row.verdict in ("missing", "another version")
    ]
    if wrong:
        mend = "python -m pip install -r requirements.txt"
        sys.exit(f"error: {'; '.join(wrong)}. Run: {mend}")
    if not table:
        agreed = sum(row.verdict == "as pinned" for row in rows)
        print(f"environment: {agreed} of {len(rows)} packages are as pinned")
