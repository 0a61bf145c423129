"""The running environment is the one that the project's files describe."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from apps.server.environment import compare, installed, judge, read


def pins(root: Path) -> dict[str, Requirement]:
    return {canonicalize_name(pin.name): pin for pin in read(root / "constraints.txt")}


def test_every_installed_version_is_the_pinned_one(root: Path) -> None:
    rows = compare(root)
    assert {"rich", "packaging", "pygments"} <= {row.name for row in rows}
    assert [row for row in rows if row.verdict != "as pinned"] == []


def test_the_packages_of_the_tests_are_the_pinned_ones_too(root: Path) -> None:
    versions = installed(read(root / "test" / "requirements.txt"))
    assert {"pytest", "pluggy"} <= set(versions)
    pinned = pins(root)
    rows = [
        judge(name, version, pinned[name].specifier)
        for name, version in versions.items()
    ]
    assert [row for row in rows if row.verdict != "as pinned"] == []


def test_a_pin_is_one_exact_version(root: Path) -> None:
    for pin in pins(root).values():
        assert [part.operator for part in pin.specifier] == ["=="], pin


@pytest.mark.parametrize("name", ["requirements.txt", "test/requirements.txt"])
def test_what_is_asked_for_is_a_range_that_holds_its_pin(root: Path, name: str) -> None:
    pinned = pins(root)
    for wish in read(root / name):
        assert "==" not in str(wish.specifier), f"{name} pins {wish}"
        (pin,) = pinned[canonicalize_name(wish.name)].specifier
        assert wish.specifier.contains(pin.version), f"{wish} leaves out {pin}"


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
