"""What chapter 4 proves of pairs of tokens holds on each Redis."""

import pytest
from ch04_jwt.conftest import ada, pair, status, travel  # noqa: F401
from ch04_jwt.test_pairs import *  # noqa: F403


@pytest.fixture(autouse=True)
def _on_each(both_redis: str) -> None:
    """Run each test on Valkey, then on Redis."""
