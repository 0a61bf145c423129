"""Which Python runs, and where its packages are installed."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def ended(tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """run.py, which ends at once here: a package has another version."""
    folder = tmp_path / "itsdangerous-0.0.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: itsdangerous\nVersion: 0.0.1\n", "utf-8")
    return subprocess.run(
        [sys.executable, "run.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_version(ended: subprocess.CompletedProcess[str]) -> None:
    """The first line says which version of Python runs."""
    first = ended.stdout.partition("\n")[0]
    wanted = f"Python {platform.python_version()} in "
    assert first.startswith(wanted), f"wanted {wanted!r} first, got {first!r}"


def test_the_folder(ended: subprocess.CompletedProcess[str]) -> None:
    """The first line ends with the folder of the environment."""
    first = ended.stdout.partition("\n")[0]
    assert first.endswith(f" in {sys.prefix}"), f"wanted {sys.prefix}, got {first!r}"


def test_the_line_is_there_when_a_package_is_refused(
    ended: subprocess.CompletedProcess[str],
) -> None:
    """The line comes before a refusal, which still ends with status 1."""
    assert ended.stdout.startswith("Python "), "the line is missing"
    assert "itsdangerous is 0.0.1" in ended.stderr
    assert ended.returncode == 1
