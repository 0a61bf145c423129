"""What the tests of every chapter share."""

from pathlib import Path

import pytest


@pytest.fixture
def root() -> Path:
    """The project's own folder."""
    return Path(__file__).resolve().parent.parent
