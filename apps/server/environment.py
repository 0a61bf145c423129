"""Compare the packages that are installed with the versions that are pinned."""

import os
import re
import sys
from collections import namedtuple
from importlib import metadata
from pathlib import Path

ASKED = re.compile(r"^([a-z0-9][\w.-]*)[^;\n]*$", re.M)  # not: name; on some systems
PIN = re.compile(r"^([a-z0-9][\w.-]*)==([^\s;]+)", re.M)
CONTAINER_FILES = ["/.dockerenv", "/run/.containerenv"]
MEND = "python -m pip install -r requirements.txt"
Row = namedtuple("Row", "name pinned installed verdict")  # all text


def compare(folder: Path) -> list[Row]:
    """Judge each package that is asked for, and each pinned one that is installed."""
    asked = ASKED.findall((folder / "requirements.txt").read_text("utf-8"))
    pins = PIN.findall((folder / "constraints.txt").read_text("utf-8"))
    rows = []
    for name in sorted({*asked, *(name for name, _ in pins)}):
        pinned = [version for pin, version in pins if pin == name]
        installed = version_of(name)
        if installed or name in asked:
            verdict = judge(pinned, installed)
            rows.append(Row(name, " or ".join(pinned), installed, verdict))
    return rows


def version_of(name: str) -> str:
    """Return the version of a package that is installed; empty where there is none."""
    try:
        return metadata.distribution(name).metadata.get_all("Version", [""])[0]
    except metadata.PackageNotFoundError:
        return ""


def judge(pinned: list[str], installed: str) -> str:
    """Say how what is installed agrees with the pins; systems may differ in theirs."""
    if not pinned:
        return "not pinned"
    if not installed:
        return "missing"
    return "as pinned" if installed in pinned else "another version"


def is_isolated() -> bool:
    """Tell whether this Python serves one project: venv, conda or a container."""
    if sys.prefix != sys.base_prefix or {"CONDA_PREFIX", "container"} & set(os.environ):
        return True
    return any(Path(name).exists() for name in CONTAINER_FILES)


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
        for row in [Row("package", "pinned", "installed", "verdict"), *rows]:
            print(f"{row.name:<24}{row.pinned:<12}{row.installed:<12}{row.verdict}")
    wrong = [row for row in rows if row.verdict in ("missing", "another version")]
    if wrong:
        faults = [
            f"{r.name} is {r.installed or 'missing'}, not {r.pinned}" for r in wrong
        ]
        sys.exit(f"error: {'; '.join(faults)}. Run: {MEND}")
    if not table:
        agreed = sum(row.verdict == "as pinned" for row in rows)
        print(f"environment: {agreed} of {len(rows)} packages are as pinned")
