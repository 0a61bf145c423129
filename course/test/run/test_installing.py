"""Our installs reach packages as the person's do, and put them where we say."""

import importlib
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from course.run.environments import create
from course.run.installing import follows, pip_variables, uv_variables
from course.tree import File

REACHING = (
    *("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX", "CACHE_DIR"),
    *("KEYRING_PROVIDER",),
)
PIP = (*REACHING, "PROXY", "CERT", "CLIENT_CERT", "TRUSTED_HOST", "TIMEOUT", "RETRIES")
UV = (*REACHING, "DEFAULT_INDEX", "INDEX", "INDEX_MY_USERNAME", "NATIVE_TLS")
UV += ("HTTP_TIMEOUT", "REQUEST_TIMEOUT", "INSECURE_HOST", "OFFLINE", "LINK_MODE")
ASTRAY = ("TARGET", "PREFIX", "ROOT", "USER", "REQUIRE_VIRTUALENV", "PYTHON", "NO_DEPS")
ASTRAY += ("PROJECT_ENVIRONMENT", "SYSTEM_PYTHON", "CONSTRAINT", "DRY_RUN", "PROJECT")
ASTRAY += ("BREAK_SYSTEM_PACKAGES", "REQUIRE_HASHES", "WORKING_DIR", "SRC", "EDITABLE")


def test_variables_say_how_packages_are_reached_and_no_more() -> None:
    assert [name for name in PIP if not follows(f"PIP_{name}")] == []
    assert [name for name in UV if not follows(f"UV_{name}")] == []
    assert [name for name in ASTRAY if follows(f"PIP_{name}")] == []
    assert [name for name in ASTRAY if follows(f"UV_{name}")] == []
    leading = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX")
    assert [name for name in leading if follows(name)] == []
    plain = ("PATH", "HOME", "HTTPS_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
    assert [name for name in plain if not follows(name)] == []


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Write a package that needs nothing; return the folder that its wheel is in."""
    folder, about = tmp_path / "wheels", "tiny_thing-1.dist-info"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny_thing-1-py3-none-any.whl", "w") as file:
        file.writestr("tiny_thing.py", "ANSWER = 42\n")
        metadata = "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1\n"
        file.writestr(f"{about}/METADATA", metadata)
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{about}/WHEEL", tags)
        file.writestr(f"{about}/RECORD", "")
    return folder


def found(folder: Path) -> list[Path]:
    """List where a package was put below a folder."""
    return [*folder.rglob("tiny_thing.py")]


def test_pips_own_settings_do_not_lead_our_install_astray(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_PREFIX", str(tmp_path / "prefix"))
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    settings = tmp_path / "pip.conf"
    settings.write_text(
        f"[global]\nno-index = true\ntimeout = 7\nfind-links =\n  {wheel}\n  /nowhere\n"
        f"[install]\ntarget = {tmp_path}/target\nuser = true\ntimeout = 8\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    venv = tmp_path / "venv"
    make = [sys.executable, "-m", "venv", "--without-pip", venv]
    subprocess.run(make, check=True)
    python = str(venv / "bin" / "python")
    (packages,) = venv.glob("lib/python*/site-packages")
    pip = Path(importlib.import_module("pip").__path__[0])
    (packages / "pip").symlink_to(pip)  # to install it takes longer than all else here
    seen = pip_variables(python)
    assert seen["PIP_TIMEOUT"] == "8"
    command = [python, "-m", "pip", "install", "--quiet", "tiny-thing"]
    subprocess.run(command, check=True, env=seen)
    assert len(found(venv)) == 1
    assert not (tmp_path / "target").exists()
    assert not (tmp_path / "prefix").exists()


def test_uvs_own_settings_do_not_lead_our_environments_astray(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "config"
    (home / "uv").mkdir(parents=True)
    (home / "uv/uv.toml").write_text(
        'no-index = true\npython-preference = "only-managed"\n'
        f'[pip]\ntarget = "{tmp_path}/target"\nno-deps = true\n'
        f'find-links = ["{wheel}"]\n'
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    for name in [name for name in os.environ if name.startswith("UV_")]:
        if name != "UV_CACHE_DIR":
            monkeypatch.delenv(name)
    monkeypatch.setenv("UV_SYSTEM_PYTHON", "1")
    monkeypatch.setenv("UV_REQUIRE_HASHES", "1")
    tree = {"requirements.txt": File(b"tiny-thing\n")}
    monkeypatch.setattr("course.run.environments._create_empty", plain_environment)
    create(tree, tmp_path / "venv")
    assert len(found(tmp_path / "venv")) == 1
    assert not (tmp_path / "target").exists()


def plain_environment(folder: Path, *_: object) -> None:
    """Make an environment without pip, which comes from no index here."""
    command = [sys.executable, "-m", "venv", "--without-pip", folder]
    subprocess.run(command, check=True)


def test_an_index_of_the_person_and_the_systems_reach_uv_with_all_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, system = tmp_path / "person", tmp_path / "system"
    for folder in (person, system):
        (folder / "uv").mkdir(parents=True)
    (person / "uv/uv.toml").write_text(
        '[[index]]\nname = "caf\u00e9 \\"x\\""\nurl = "https://x.example/simple"\n'
        'default = true\n[pip]\nprefix = "/p"\nindex-strategy = "first-index"\n'
    )
    (system / "uv/uv.toml").write_text(
        'offline = false\nsystem = true\n[[index]]\nurl = "https://y.example/simple"\n'
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(person))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(system))
    monkeypatch.delenv("UV_CONFIG_FILE", raising=False)
    with uv_variables() as seen:
        settings = tomllib.loads(Path(seen["UV_CONFIG_FILE"]).read_text())
    first = {
        "name": 'caf\u00e9 "x"',
        "url": "https://x.example/simple",
        "default": True,
    }
    assert settings == {
        "index": [first, {"url": "https://y.example/simple"}],
        "index-strategy": "first-index",
        "offline": False,
    }
    (person / "uv/uv.toml").write_text("[pip\n")
    with pytest.raises(ValueError, match=r"person/uv/uv\.toml"), uv_variables():
        pass


def test_a_file_that_pip_cannot_read_is_left_to_pip_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.conf").write_text("target = nowhere\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert pip_variables(sys.executable)["PIP_CONFIG_FILE"] == str(
        tmp_path / "pip.conf"
    )
