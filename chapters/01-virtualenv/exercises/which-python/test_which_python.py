"""Where the packages of the table are installed, and for which Python."""

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]


def run(path: Path) -> subprocess.CompletedProcess[str]:
    """Start run.py; packages in `path` hide those that are installed."""
    return subprocess.run(
        [sys.executable, "run.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_version(tmp_path: Path) -> None:
    """The first line says which version of Python runs."""
    printed = run(tmp_path).stdout
    first = printed.partition("\n")[0]
    wanted = f"Python {platform.python_version()} in "
    assert first.startswith(wanted), f"wanted {wanted!r} first, got {first!r}"


def test_the_folder(tmp_path: Path) -> None:
    """The first line ends with the folder of the environment."""
    first = run(tmp_path).stdout.partition("\n")[0]
    assert first.endswith(f" in {sys.prefix}"), f"wanted {sys.prefix}, got {first!r}"


def test_the_line_is_there_when_a_package_is_refused(tmp_path: Path) -> None:
    """A refusal comes after the line, and still ends with status 1."""
    folder = tmp_path / "mdurl-0.0.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: mdurl\nVersion: 0.0.1\n", "utf-8")
    ended = run(tmp_path)
    assert ended.stdout.startswith("Python "), "the line is missing above the table"
    assert "mdurl is 0.0.1" in ended.stderr
    assert ended.returncode == 1
