"""Runs of pytest that fork from a Python which has imported its packages."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from course.errors import CourseError
from course.run import process_tree, processes
from course.run.fork_server import ForkServer, imported_modules

PYTHON = Path(sys.executable)
CODE = 'import os\nimport sys\n\n\ndef said():\n    return os.environ.get("SAID")\n'
TESTS = """\
import sys

import code_of
import click


def test_all():
    assert code_of.said() == "hello"
    assert sys.argv[0].endswith("pytest/__main__.py")
    assert __name__ == "test_code"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a module and its test."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "code_of.py").write_text(CODE)
    (folder / "test_code.py").write_text(TESTS)
    return folder


@pytest.fixture
def server() -> Iterator[ForkServer]:
    """Start a server that has imported one module; another does not exist."""
    with closing(ForkServer(PYTHON, ["click", "no_such_module"])) as started:
        yield started


def run(
    server: ForkServer, folder: Path, *options: str, seconds: float = 600.0
) -> processes.Finished:
    """Run pytest in a folder, with a variable that its tests look for."""
    env = processes.activated(PYTHON, SAID="hello")
    arguments = ["-q", "-p", "no:cacheprovider", *options]
    with tempfile.TemporaryDirectory() as name:
        output = Path(name, "output")
        return server.run(arguments, folder, output=output, seconds=seconds, env=env)


def test_a_run_has_its_folder_its_variables_and_its_code(
    server: ForkServer, project: Path, tmp_path: Path
) -> None:
    done = run(server, project)
    assert done.ok, done.output
    assert "1 passed" in done.output
    other = tmp_path / "other"
    other.mkdir()
    (other / "code_of.py").write_text("def said():\n    return 1\n")
    (other / "test_code.py").write_text(TESTS)
    failed = run(server, other)
    assert failed.code == 1
    assert "assert 1 == 'hello'" in failed.output
    assert run(server, project).ok


def test_packages_are_imported_before_and_the_project_is_not(
    server: ForkServer, project: Path
) -> None:
    (project / "conftest.py").write_text(
        "import sys\n"
        "before = {name: name in sys.modules for name in ('click', 'code_of')}\n"
    )
    (project / "test_code.py").write_text(
        "import conftest\n\n\n"
        "def test_it():\n"
        "    assert conftest.before == {'click': True, 'code_of': False}\n"
    )
    assert run(server, project).ok


def test_the_modules_of_packages_are_listed(project: Path) -> None:
    (project / "conftest.py").write_text("import hypothesis\n")
    found = imported_modules(project, PYTHON, ["."])
    assert "click" in found
    assert "code_of" not in found
    assert "conftest" not in found
    assert "hypothesis" not in found  # pytest has to rewrite it at its import


def test_the_listed_modules_fit_every_run(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    modules = imported_modules(project, PYTHON, ["."])
    with closing(ForkServer(PYTHON, modules)) as server:
        done = run(server, project)
    assert done.ok, done.output


def test_a_run_over_its_limit_is_ended_and_the_server_goes_on(
    server: ForkServer, project: Path
) -> None:
    (project / "test_long.py").write_text(
        "import time\n\n\ndef test_it():\n    time.sleep(600)\n"
    )
    done = run(server, project, "test_long.py", seconds=2.0)
    assert done.timed_out
    assert not done.ok
    assert run(server, project, "test_code.py").ok


def test_what_a_run_leaves_behind_is_ended(server: ForkServer, project: Path) -> None:
    (project / "test_code.py").write_text(
        "import subprocess\nfrom pathlib import Path\n\n\n"
        "def test_it():\n"
        "    left = subprocess.Popen(['sleep', '600'])\n"
        "    Path('pid').write_text(str(left.pid))\n"
    )
    assert run(server, project).ok
    assert is_gone(int((project / "pid").read_text()))


def test_a_server_that_has_ended_is_an_error(project: Path) -> None:
    server = ForkServer(PYTHON, [])
    with closing(server):
        processes.kill(server.pid)
        with pytest.raises(CourseError, match="has ended"):
            run(server, project)
        assert server.has_ended


def test_it_ends_with_the_tool(tmp_path: Path) -> None:
    started = (
        "import sys, os\nfrom pathlib import Path\n"
        "from course.run.fork_server import ForkServer\n"
        "server = ForkServer(Path(sys.executable), [])\n"
        "print(server.pid, flush=True)\nos._exit(1)\n"
    )
    ended = subprocess.run(
        [PYTHON, "-c", started], stdout=subprocess.PIPE, text=True, check=False
    )
    assert is_gone(int(ended.stdout))


def test_its_processor_time_counts_where_it_is_used(
    server: ForkServer, project: Path
) -> None:
    run(server, project)
    (project / "test_code.py").write_text(
        "import time\n\n\n"
        "def test_it():\n"
        "    end = time.process_time() + 0.2\n"
        "    while time.process_time() < end:\n"
        "        pass\n"
    )
    before = processes.cpu_seconds()
    run(server, project)
    used = processes.cpu_seconds() - before
    assert used >= 0.2
    server.close()
    assert processes.cpu_seconds() - before == used  # and not once more at its end


def is_gone(pid: int) -> bool:
    """Wait until a process has ended, but not for ever."""
    end = time.monotonic() + 60
    while process_tree.alive({pid}) and time.monotonic() < end:
        time.sleep(0.01)
    return not process_tree.alive({pid})
