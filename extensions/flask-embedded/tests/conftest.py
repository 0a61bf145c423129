"""Real processes, which use real servers."""

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from running import User, wait_for_end


@pytest.fixture(autouse=True)
def _not_for_ever() -> Iterator[None]:
    """End a test that waits for what never comes."""

    def give_up(*_: object) -> None:
        raise TimeoutError("the test waited two minutes")

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, 120, 10)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.fixture
def instance() -> Iterator[Path]:
    """An instance folder with a short path; after the test nothing of it runs."""
    folder = Path(tempfile.mkdtemp(prefix="fe-"))
    yield folder
    if (folder / "embedded" / "guardian.lock").exists():
        wait_for_end(folder)
    shutil.rmtree(folder)


@pytest.fixture
def start_user(instance: Path) -> Iterator[Callable[..., User]]:
    """Return a function that starts a process of the app; all end with the test."""
    users: list[User] = []

    def start(at: Path = instance, *options: str, **how: Any) -> User:
        users.append(User(at, *options, **how))
        return users[-1]

    yield start
    for user in users:
        user.end()
        user.log.close()


@pytest.fixture
def user(start_user: Callable[..., User]) -> User:
    """One process of the app."""
    return start_user()
