"""What chapter 4 proves of pairs of tokens holds on each Redis."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "test/ch04_jwt"


def load(name: str) -> ModuleType:
    """Load a file of chapter 4's tests by its path: `jwt` is a package's name, too."""
    spec = importlib.util.spec_from_file_location(
        f"pairs_{name}", FOLDER / f"{name}.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


for name in ("conftest", "test_pairs"):
    found = vars(load(name)).items()
    globals().update({name: one for name, one in found if not name.startswith("_")})


@pytest.fixture(autouse=True)
def _on_each(both_redis: str) -> None:
    """Run each test on Valkey, then on Redis."""
