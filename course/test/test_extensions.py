"""The tests of our own packages: run once for the same content, and never kept red."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from course.verify.results import Results

pytestmark = pytest.mark.usefixtures("plain_pytest")

SCRIPT = Path(__file__).parents[1] / "extensions.py"


@pytest.fixture(scope="module")
def extensions() -> ModuleType:
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("extensions", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.COMMAND = module.COMMAND[:-2]  # by one process, for one test
    return module


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package whose only test counts its runs."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text(
        "def test_it():\n    with open('../runs', 'a') as to:\n        to.write('.')\n"
    )
    return folder


def runs(package: Path) -> int:
    """Tell how often its test has run."""
    return len(package.with_name("runs").read_text())


def test_what_held_is_not_run_again_until_its_content_changes(
    extensions: ModuleType, package: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    results = Results(package.with_name("results"))
    assert extensions.holds(package, results)
    assert extensions.holds(package, results)
    assert runs(package) == 1
    assert "package: its tests held before" in capfd.readouterr().out
    (package / "more.py").write_text("")
    assert extensions.holds(package, results)
    assert runs(package) == 2


def test_what_did_not_hold_is_run_again(extensions: ModuleType, package: Path) -> None:
    results = Results(package.with_name("results"))
    with open(package / "test_it.py", "a") as to:
        to.write("    assert False\n")
    assert not extensions.holds(package, results)
    assert not extensions.holds(package, results)
    assert runs(package) == 2


def test_another_demand_for_real_parts_is_another_result(
    extensions: ModuleType, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = Results(package.with_name("results"))
    monkeypatch.delenv("REAL_PARTS", raising=False)
    assert extensions.holds(package, results)
    monkeypatch.setenv("REAL_PARTS", "required")
    assert extensions.holds(package, results)
    assert runs(package) == 2
