"""The packages that are installed though nobody asked for them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
LINE = "not asked for: "


def install(site: Path, name: str) -> None:
    """Install a package that has a name and a version, and no code."""
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", "utf-8")


def run(folder: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Start run.py in a folder; `site` holds further packages."""
    return subprocess.run(
        [sys.executable, "run.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(site)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def named(ended: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what the line below the table names; fails where there is none."""
    last = ended.stdout.splitlines()[-1:]
    assert last, f"nothing was printed: {ended.stderr}"
    assert last[0].startswith(LINE), f"wanted a last line with {LINE!r}, got {last}"
    return last[0].removeprefix(LINE).split(", ")


def test_strangers_are_named(tmp_path: Path) -> None:
    """Packages that nobody asked for are named, sorted, and not refused."""
    install(tmp_path, "tea-pot")
    install(tmp_path, "abacus")
    ended = run(ROOT, tmp_path)
    names = named(ended)
    assert {"abacus", "tea-pot"} <= set(names)
    assert names == sorted(names)
    assert ended.returncode == 0


def test_what_the_files_ask_for_is_not_named(tmp_path: Path) -> None:
    """What both files ask for, and what that pulls in, is not named."""
    install(tmp_path, "abacus")
    names = named(run(ROOT, tmp_path))
    assert {"rich", "mdurl", "pytest", "pluggy"} & set(names) == set()


def test_names_are_compared_as_pip_compares_them(tmp_path: Path) -> None:
    """What installs packages is not named, and another spelling is the same name."""
    for name in ("pip", "setuptools", "wheel", "RICH", "Tea_Pot", "abacus"):
        install(tmp_path / "one", name)
    install(tmp_path / "two", "tea.pot")
    site = Path(f"{tmp_path / 'one'}{os.pathsep}{tmp_path / 'two'}")
    shutil.copytree(ROOT / "apps", tmp_path / "apps")
    for name in ("run.py", "requirements.txt", "test/requirements.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "constraints.txt").touch()
    names = named(run(tmp_path, site))
    assert names.count("tea-pot") == 1
    assert {"pip", "setuptools", "wheel", "rich", "RICH"} & set(names) == set()


def test_no_line_without_a_stranger(tmp_path: Path) -> None:
    """The line is there with a stranger, and is not there without one."""
    install(tmp_path / "site", "abacus")
    shutil.copytree(ROOT / "apps", tmp_path / "apps")
    for name in ("run.py", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "test").mkdir()
    asked = tmp_path / "requirements.txt"
    asked.write_text((ROOT / "requirements.txt").read_text("utf-8"), "utf-8")
    strangers = named(run(tmp_path, tmp_path / "site"))
    (tmp_path / "test" / "requirements.txt").write_text("\n".join(strangers), "utf-8")
    ended = run(tmp_path, tmp_path / "site")
    assert LINE not in ended.stdout
    assert ended.stderr == ""
