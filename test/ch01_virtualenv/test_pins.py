"""The running environment is the one that the project's files describe."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from apps.server.environment import PIN, compare


def asked(file: Path) -> list[Requirement]:
    """Read what a file asks for."""
    lines = file.read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if re.match(r"\w", line)]


def test_every_installed_version_is_the_pinned_one(root: Path) -> None:
    rows = compare(root)
    assert {"flask", "jinja2", "pytest"} <= {row.name for row in rows}
    assert [row for row in rows if row.verdict != "as pinned"] == []


def test_a_pin_is_one_exact_version(root: Path) -> None:
    lines = (root / "constraints.txt").read_text("utf-8").splitlines()
    for line in lines:
        assert line.lstrip().startswith("#") or PIN.match(line), line


@pytest.mark.parametrize("name", ["requirements.txt", "test/requirements.txt"])
def test_what_is_asked_for_is_a_range_that_holds_its_pin(root: Path, name: str) -> None:
    pins = PIN.findall((root / "constraints.txt").read_text("utf-8"))
    for wish in asked(root / name):
        assert "==" not in str(wish.specifier), f"{name} pins {wish}"
        versions = [version for pin, version in pins if pin == wish.name]
        assert versions, f"{wish.name} is not pinned by that name"
        for version in versions:
            assert wish.specifier.contains(version), f"{wish} leaves out {version}"


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("requirements.txt", "-c constraints.txt"),
        ("test/requirements.txt", "-c ../constraints.txt"),
    ],
)
def test_pip_is_told_where_the_pins_are(root: Path, name: str, option: str) -> None:
    assert (root / name).read_text("utf-8").splitlines()[0] == option


def test_the_environment_is_never_committed(root: Path) -> None:
    assert ".venv/" in (root / ".gitignore").read_text("utf-8").splitlines()


def test_git_leaves_line_endings_alone(root: Path) -> None:
    assert "* -text" in (root / ".gitattributes").read_text("utf-8").splitlines()
