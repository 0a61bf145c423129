"""`run.py`, started as a reader starts it."""

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest


def run(folder: Path, path: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Start run.py; what lies in `path` comes before the installed packages.

    The name of the report is left out of account until run.py has other commands.
    """
    colours = ("FORCE_COLOR", "PYTHON_COLORS")
    inherited = {name: os.environ[name] for name in os.environ if name not in colours}
    return subprocess.run(
        [sys.executable, str(folder / "run.py"), "environment"],
        cwd=cwd,
        env={**inherited, "PYTHONPATH": str(path), "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def cells(line: str) -> list[str]:
    """Split a line of the table at its borders, in Unicode or in ASCII."""
    return re.split(r"\s*[┃│|]\s*", line)[1:-1]


def test_it_prints_the_table_from_any_folder(root: Path, tmp_path: Path) -> None:
    ended = run(root, tmp_path, cwd=tmp_path)
    assert ended.stderr == ""
    assert ended.returncode == 0
    version = metadata.version("rich")
    lines = [cells(line) for line in ended.stdout.splitlines()]
    assert ["package", "pinned", "installed", "verdict"] in lines
    assert ["rich", version, version, "as pinned"] in lines
    assert "\x1b" not in ended.stdout


def test_another_version_is_refused_below_the_table(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mdurl-0.0.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: mdurl\nVersion: 0.0.1\n", "utf-8")
    ended = run(root, tmp_path, cwd=root)
    assert ended.returncode == 1
    (row,) = (line for line in ended.stdout.splitlines() if "mdurl" in line)
    assert cells(row)[2:] == ["0.0.1", "another version"]
    assert ended.stderr.startswith("error: mdurl is 0.0.1, not ")
    assert "python -m pip install -r requirements.txt" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["packaging", "rich"])
def test_without_what_it_needs_itself_it_says_so(
    root: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError(name={name!r})")
    ended = run(root, tmp_path, cwd=root)
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
    ended = run(tmp_path, tmp_path, cwd=tmp_path)
    assert ended.returncode == 1
    assert "ModuleNotFoundError: No module named 'apps.nowhere'" in ended.stderr
    assert 'environment.py", line 1' in ended.stderr
