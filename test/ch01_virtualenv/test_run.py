"""`run.py`, started as a reader starts it."""

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest


def run(folder: Path, path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Start run.py from another folder; packages in `path` hide installed ones."""
    return subprocess.run(
        [sys.executable, str(folder / "run.py"), *words],
        cwd=path,
        env={**os.environ, "PYTHONPATH": str(path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def install(site: Path, name: str, version: str) -> None:
    """Install a package that has a name and a version, and no code."""
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    text = f"Name: {name}\nVersion: {version}\n"
    (folder / "METADATA").write_text(text, "utf-8")


def test_with_another_version_nothing_is_served(root: Path, tmp_path: Path) -> None:
    install(tmp_path, "itsdangerous", "0.0.1")
    ended = run(root, tmp_path)
    assert ended.returncode == 1
    assert "http://" not in ended.stdout
    assert ended.stderr.startswith("error: itsdangerous is 0.0.1, not ")
    assert "python -m pip install -r requirements.txt" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_the_table_is_printed_from_any_folder(root: Path, tmp_path: Path) -> None:
    ended = run(root, tmp_path, "environment")
    assert ended.stderr == ""
    assert ended.returncode == 0
    version = metadata.version("flask")
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert lines[0] == ["package", "pinned", "installed", "verdict"]
    assert ["flask", version, version, "as", "pinned"] in lines


def test_another_version_is_refused_below_the_table(root: Path, tmp_path: Path) -> None:
    install(tmp_path, "itsdangerous", "0.0.1")
    ended = run(root, tmp_path, "environment")
    assert ended.returncode == 1
    (row,) = (line for line in ended.stdout.splitlines() if "itsdangerous" in line)
    assert row.split()[2:] == ["0.0.1", "another", "version"]
    assert ended.stderr.startswith("error: itsdangerous is 0.0.1, not ")


@pytest.mark.parametrize("name", ["flask", "watchdog"])
def test_without_what_it_needs_itself_it_says_so(
    root: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError(name={name!r})")
    ended = run(root, tmp_path, "environment")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"error: {name} is missing in ")
    assert "python -m pip install -r requirements.txt" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_mistake_in_our_own_code_keeps_its_traceback(
    root: Path, tmp_path: Path
) -> None:
    shutil.copytree(root / "apps", tmp_path / "apps")
    for path in root.glob("*.py"):
        shutil.copy(path, tmp_path)
    (tmp_path / "apps" / "server" / "environment.py").write_text(
        "import apps.nowhere\n"
    )
    ended = run(tmp_path, tmp_path, "environment")
    assert ended.returncode == 1
    assert "ModuleNotFoundError: No module named 'apps.nowhere'" in ended.stderr
    assert 'environment.py", line 1' in ended.stderr
