"""The packages that are installed though nothing pins them."""

import runpy
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


def install(site: Path, name: str) -> None:
    """Install a package that has a name and a version, and no code."""
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", "utf-8")


def named(folder: Path = ROOT) -> list[str]:
    """Ask for /strangers; fails where the answer is no list of names."""
    client = runpy.run_path(str(folder / "run.py"))["app"].test_client()
    answer = client.get("/strangers")
    assert answer.status_code == 200, f"/strangers answers {answer.status_code}"
    assert isinstance(answer.json, list), f"wanted a list, got {answer.text!r}"
    return answer.json


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which Python finds packages, besides those that are installed."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "site"


def test_strangers_are_named(site: Path) -> None:
    """Packages without a pin are named, and sorted."""
    install(site, "tea-pot")
    install(site, "abacus")
    names = named()
    assert {"abacus", "tea-pot"} <= set(names)
    assert names == sorted(names)


def test_what_is_pinned_is_not_named(site: Path) -> None:
    """What the pins name is not named, whoever asked for it."""
    install(site, "abacus")
    assert {"flask", "jinja2", "Jinja2", "pytest", "pluggy"} & set(named()) == set()


def test_names_are_compared_as_pip_compares_them(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What installs packages is not named, and another spelling is the same name."""
    for name in ("pip", "setuptools", "wheel", "FLASK", "Tea_Pot", "abacus"):
        install(site, name)
    install(tmp_path / "more", "tea.pot")
    monkeypatch.syspath_prepend(str(tmp_path / "more"))
    names = named()
    assert names.count("tea-pot") == 1
    assert {"pip", "setuptools", "wheel", "flask", "FLASK"} & set(names) == set()


def test_no_stranger_no_name(site: Path, tmp_path: Path) -> None:
    """Once everything is pinned, the list is empty."""
    install(site, "abacus")
    shutil.copy(ROOT / "run.py", tmp_path)
    pins = tmp_path / "constraints.txt"
    shutil.copy(ROOT / "constraints.txt", pins)
    names = named(tmp_path)
    assert "abacus" in names
    with pins.open("a", encoding="utf-8") as file:
        file.writelines(f"{name}==1.0\n" for name in names)
    assert named(tmp_path) == []
