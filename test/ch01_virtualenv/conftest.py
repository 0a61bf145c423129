"""Projects and installed packages of the tests' own, made in a temporary folder."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Write a project that asks for `requirements` and pins `constraints`."""

    def write(requirements: str, constraints: str) -> Path:
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        (folder / "requirements.txt").write_text(requirements, "utf-8")
        (folder / "constraints.txt").write_text(constraints, "utf-8")
        return folder

    return write


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Install a package that has a name and a version, and no code."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def write(name: str, version: str) -> Path:
        folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
        (folder / "METADATA").write_text("\n".join(lines) + "\n\n", "utf-8")
        return folder

    return write


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that no environment is active, wherever the tests run."""
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr("apps.server.environment.CONTAINER_FILES", [])
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.delenv("container", raising=False)
