"""Test the environments: made once, shared, finished by the next, clear when they fail.

The packages are made here, as wheels of one line, so that no network is needed.
"""

import gc
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from course.errors import UsageError
from course.run import environments, interpreters
from course.run.environments import EnvironmentFailed, create, environment, recipe
from course.run.interpreters import interpreter, uv_program
from course.tree import File, Tree


def make_wheel(folder: Path, name: str, version: str) -> None:
    """Write a package with one module that says its version."""
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", f"VERSION = '{version}'\n")
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        wheel.writestr(f"{about}/METADATA", metadata)
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{about}/WHEEL", tags)
        wheel.writestr(f"{about}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder of packages that is all there is in the world."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for version in ("1.0", "1.1", "2.0"):
        make_wheel(folder, "tinyone", version)
    make_wheel(folder, "tinytwo", "1.0")
    monkeypatch.setenv("UV_OFFLINE", "1")  # the wheels lie here: nobody need answer
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def tree() -> dict[str, File]:
    """Return what a checkpoint asks for: a range, pinned to its older version."""
    texts = {
        "requirements.txt": "-c constraints.txt\ntinyone>=1,<2\n",
        "constraints.txt": "tinyone==1.0\n",
        "test/requirements.txt": "-c ../constraints.txt\ntinytwo\n",
        "run.py": "print('no part of an environment')\n",
    }
    return {path: File(text.encode()) for path, text in texts.items()}


def installed(place: Path) -> str:
    """Return the version of tinyone, as the environment itself has it."""
    code = "import tinyone, tinytwo, pip; print(tinyone.VERSION)"
    command = [place / "bin" / "python", "-c", code]
    return subprocess.check_output(command, text=True).strip()


def test_an_environment_holds_what_the_tree_asks_for(
    index: Path, tree: Tree, tmp_path: Path
) -> None:
    assert installed(environment(tree, cache=tmp_path / "cache")) == "1.0"


def test_an_environment_is_made_once(
    index: Path, tree: dict[str, File], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = environment(tree, cache=tmp_path / "cache")
    tree["run.py"] = File(b"print('edited')\n")
    monkeypatch.setattr(environments, "_create_and_fill", None)
    assert environment(tree, cache=tmp_path / "cache") == place


def test_other_requirements_have_another_environment(tree: dict[str, File]) -> None:
    key = recipe(tree).key
    for path in ("requirements.txt", "constraints.txt", "test/requirements.txt"):
        changed = tree | {path: File(tree[path].data + b"# changed\n")}
        assert recipe(changed).key != key
    assert recipe(dict(tree)).key == key


def test_latest_takes_the_newest_that_the_ranges_allow(
    index: Path, tree: Tree, tmp_path: Path
) -> None:
    place = environment(tree, latest=True, cache=tmp_path / "cache")
    assert installed(place) == "1.1"
    before = recipe(tree, latest=True).key
    make_wheel(index, "tinyone", "1.2")
    assert recipe(tree, latest=True).key != before


OWN = "extensions/own"
BACKEND = """
import zipfile

def build_wheel(folder, settings=None, metadata=None):
    name = "own-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.write("own.py")
        about = "own-1.0.dist-info"
        wheel.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\\nName: own\\nVersion: 1.0\\n"
        )
        tags = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr(f"{about}/WHEEL", tags)
        wheel.writestr(f"{about}/RECORD", "")
    return name
"""


@pytest.mark.parametrize("latest", [False, True])
def test_a_package_of_our_own_is_installed_as_it_is_in_the_tree(
    index: Path, tree: dict[str, File], tmp_path: Path, latest: bool
) -> None:
    asked = tree["requirements.txt"].data + f"./{OWN}\n".encode()
    tree["requirements.txt"] = File(asked)
    project = (
        '[build-system]\nrequires = []\nbuild-backend = "backend"\n'
        'backend-path = ["."]\n[project]\nname = "own"\nversion = "1.0"\n'
    )
    tree[f"{OWN}/pyproject.toml"] = File(project.encode())
    tree[f"{OWN}/backend.py"] = File(BACKEND.encode())
    for says in ("first", "second"):
        tree[f"{OWN}/own.py"] = File(f"SAYS = {says!r}\n".encode())
        venv = environment(tree, latest=latest, cache=tmp_path / "cache")
        (module,) = venv.glob("lib/python*/site-packages/own.py")
        assert says in module.read_text()


def test_a_half_made_environment_is_made_again(
    index: Path, tree: Tree, tmp_path: Path
) -> None:
    place = environment(tree, cache=tmp_path / "cache")
    (place / "complete").unlink()
    (place / "bin" / "python").unlink()
    (place / "left-over").touch()
    assert environment(tree, cache=tmp_path / "cache") == place
    assert installed(place) == "1.0"
    assert not (place / "left-over").exists()


def test_many_may_ask_at_the_same_time(
    index: Path, tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    make = environments._create_and_fill

    def counted(*words: object) -> None:
        made.append(words)
        make(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(environments, "_create_and_fill", counted)
    places = []

    def ask() -> None:
        places.append(environment(tree, cache=tmp_path / "cache"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(places) == 6
    assert len(set(places)) == len(made) == 1


def test_one_of_ones_own_has_pip_and_may_change(
    index: Path, tree: Tree, tmp_path: Path
) -> None:
    place = create(tree, tmp_path / "mine" / ".venv")
    assert installed(place) == "1.0"
    other = environment(tree, cache=tmp_path / "cache")
    pip = [place / "bin" / "python", "-m", "pip", "uninstall", "--yes", "tinyone"]
    subprocess.run(pip, check=True, capture_output=True)
    assert installed(other) == "1.0"


def test_a_linked_one_is_ones_own_too(index: Path, tree: Tree, tmp_path: Path) -> None:
    place = environments.create_by_links(
        tree, tmp_path / "mine", cache=tmp_path / "cache"
    )
    assert installed(place) == "1.0"
    newer = ["tinyone==1.1", "--no-index", "--find-links", index]
    command = [place / "bin/python", "-m", "pip", "install", *newer]
    subprocess.run(command, check=True, capture_output=True)
    assert installed(place) == "1.1"
    assert installed(environment(tree, cache=tmp_path / "cache")) == "1.0"


def test_only_an_environment_of_checks_collects_garbage_seldom(
    index: Path, tree: Tree, tmp_path: Path
) -> None:
    def threshold(place: Path) -> str:
        command = [
            place / "bin/python",
            "-c",
            "import gc; print(gc.get_threshold()[0])",
        ]
        return subprocess.check_output(command, text=True).strip()

    cache, usual = tmp_path / "cache", str(gc.get_threshold()[0])
    shared = environment(tree, cache=cache)
    linked = environments.create_by_links(tree, tmp_path / "linked", cache=cache)
    assert threshold(shared) == threshold(linked) != usual
    assert threshold(create(tree, tmp_path / "mine")) == usual


def test_nothing_asked_for_is_an_empty_environment(tmp_path: Path) -> None:
    place = create({}, tmp_path / ".venv")
    assert (place / "bin" / "python").exists()


@pytest.mark.parametrize(
    ("wanted", "says"),
    [("tinyone>=9", "tinyone"), ("nothing-of-that-name", "nothing-of")],
)
def test_what_cannot_be_had_is_named_in_one_line(
    index: Path, tree: dict[str, File], tmp_path: Path, wanted: str, says: str
) -> None:
    tree["requirements.txt"] = File(wanted.encode())
    with pytest.raises(EnvironmentFailed) as caught:
        environment(tree, cache=tmp_path / "cache")
    message = str(caught.value)
    assert message.startswith("no environment: ")
    assert says in message
    assert "\n" not in message
    assert not list((tmp_path / "cache").glob("*/complete"))


def test_without_a_network_the_package_is_named(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(EnvironmentFailed, match=r"^no environment: tinyone could not"):
        environment(tree, cache=tmp_path / "cache")


def test_old_environments_are_removed(
    index: Path, tree: dict[str, File], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setattr(environments, "MAX_ENVIRONMENTS", 2)
    ages = {"month": 40 * 86400.0, "day": 86400.0, "hour": 3600.0, "minute": 60.0}
    for name, age in ages.items():
        (cache / name).mkdir(parents=True)
        (cache / name / "complete").touch()
        then = time.time() - age
        os.utime(cache / name / "complete", (then, then))
    place = environment(tree, cache=cache)
    left = {path.parent.name for path in cache.glob("*/complete")}
    assert left == {place.name, "minute", "hour"}


def test_an_old_environment_that_is_asked_for_just_now_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = tmp_path / "month" / "complete"
    complete.parent.mkdir()
    complete.touch()
    os.utime(complete, (0, 0))

    @contextmanager
    def used_meanwhile(lock: Path) -> Iterator[int]:
        complete.touch()
        yield 0

    monkeypatch.setattr(environments, "file_lock", used_meanwhile)
    environments._prune(tmp_path)
    assert complete.exists()


def test_our_own_python_is_the_default() -> None:
    ours = interpreter()
    assert ours.path == Path(sys.executable).resolve()
    assert interpreter("{}.{}".format(*sys.version_info)) == ours
    assert interpreter(str(ours.path)) == ours


def make_python(folder: Path, version: str) -> None:
    """Write a program that answers as a Python of this version would."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "python3"
    program.write_text(f"#!/bin/sh\necho {version}\necho {program}\n")
    program.chmod(0o755)


def test_a_python_is_found_among_pyenvs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreters.probe.cache_clear()
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    for version in ("3.98.1", "3.98.10", "3.98.9"):
        make_python(tmp_path / "versions" / version / "bin", version)
    assert interpreter("3.98").version == "3.98.10"
    assert interpreter("3.98.9").version == "3.98.9"


def test_a_shim_that_fails_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "shims" / "python3.97"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\necho 'python3.97: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    with pytest.raises(
        UsageError, match=r"there is no Python 3\.97 here; found: .*3\.1"
    ):
        interpreter("3.97")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("3.99", "there is no Python 3.99 here"),
        ("snake", "takes a version such as 3.13"),
        ("./nowhere", "is not a working Python interpreter"),
        ("2", "there is no Python 2 here"),
    ],
)
def test_an_unknown_python_is_bad_use(name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        interpreter(name)


def test_a_python_that_is_too_old_is_bad_use(tmp_path: Path) -> None:
    make_python(tmp_path, "3.8.1")
    with pytest.raises(UsageError, match=r"3\.8\.1; the course needs 3\.11 or newer"):
        interpreter(str(tmp_path / "python3"))


def test_many_may_look_for_uv_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    within: list[int] = []
    most = []

    def find() -> str:
        within.append(1)
        most.append(len(within))
        time.sleep(0.01)
        within.pop()
        return "uv"

    monkeypatch.setattr("uv.find_uv_bin", find)
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: uv_program(), range(8))) == {Path("uv")}
    assert max(most) == 1
