"""Set-up: each step once, an interrupted one completed, each refusal one line."""

import fcntl
import importlib.util
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from course.git.excluding import GENERATED

GIT = shutil.which("git")
SCRIPT = Path(__file__).resolve().parent.parent / "bootstrap.py"


@pytest.fixture
def setup(tmp_path, monkeypatch):
    """Load the script for a small clone, with commands that are recorded, not run."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(module.shutil, "which", lambda name: name == "git" or None)
    for name in [*module.REQUIREMENTS, "constraints.txt", "course/pyproject.toml"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    module.commands = []
    module.really_run = module.run
    monkeypatch.setattr(module, "run", lambda *given: record(module, *given))
    return module


def record(module, command, log=None):
    """Stand for a command: note which, and leave what it would have made."""
    module.commands.append(" ".join(map(str, command)))
    if "venv" in command:
        bin_folder = module.VENV / "bin"
        module.shutil.rmtree(module.VENV, ignore_errors=True)
        bin_folder.mkdir(parents=True)
        (module.VENV / "pyvenv.cfg").write_text("")
        (bin_folder / "python").symlink_to(sys.executable)
    if "./course" in command:
        (module.VENV / "bin/course").write_text("")
    return 0


def steps(module):
    """Name the recorded commands by what they do."""
    kinds = {
        "venv": "environment",
        "./course": "tool",
        "-r": "requirements",
        "branches": "branches",
    }
    return [
        next(kind for word, kind in kinds.items() if word in command.split())
        for command in module.commands
    ]


def test_the_first_set_up_does_every_step_in_order(setup):
    assert setup.main() == 0
    assert steps(setup) == ORDER


def test_a_second_set_up_installs_nothing(setup):
    setup.main()
    setup.commands.clear()
    assert setup.main() == 0
    assert steps(setup) == ["branches"]


ORDER = ["environment", "requirements", "tool", "branches"]


@pytest.mark.parametrize("how", ["interrupted", "killed"])
@pytest.mark.parametrize(
    ("stop", "next_one"),
    [
        ("environment", "environment"),
        ("requirements", "environment"),  # a package may be there by half
        ("tool", "environment"),
        ("branches", "branches"),
    ],
)
def test_the_next_set_up_completes_one_that_stopped(
    setup, monkeypatch, stop, next_one, how
):
    def stopped(command, log=None):
        record(setup, command)
        if steps(setup)[-1] == stop:
            if how == "interrupted":
                raise KeyboardInterrupt
            return -9
        return 0

    with monkeypatch.context() as patch:
        patch.setattr(setup, "run", stopped)
        assert setup.main() in (1, 130)
    setup.commands.clear()
    assert setup.main() == 0
    assert steps(setup) == ORDER[ORDER.index(next_one) :]


def test_a_clone_that_was_moved_gets_a_new_environment(setup, monkeypatch):
    setup.main()
    setup.commands.clear()
    moved = setup.ROOT / "moved"
    setup.VENV.rename(moved)
    monkeypatch.setattr(setup, "VENV", moved)
    monkeypatch.setattr(setup, "PYTHON", moved / "bin/python")
    assert setup.main() == 0
    assert steps(setup)[0] == "environment"


def test_an_environment_that_cannot_be_made_costs_one_line(setup, monkeypatch, capsys):
    def fails(command, log=None):
        log.write_text("error: no environment\n  cause: x\n  cause: no permission\n")
        return 2

    monkeypatch.setattr(setup, "run", fails)
    assert setup.main() == 1
    said = capsys.readouterr().err
    why = "error: no environment; cause: no permission"
    assert said == f"set-up: .venv could not be made: {why}\n"


def test_a_network_that_fails_costs_one_line_and_no_environment(
    setup, monkeypatch, capsys
):
    retrying = "WARNING: Retrying after connection broken by a timeout\n"
    last = "ERROR: No matching distribution found for click"
    said = failed_install(setup, monkeypatch, capsys, f"{retrying}{last}\n")
    assert f"is there a network? {last} (" in said
    setup.commands.clear()
    assert setup.main() == 0
    assert steps(setup) == ORDER[1:]


def failed_install(setup, monkeypatch, capsys, output):
    """Set up with an installer that fails so; return the one line that is said."""

    def run(command, log=None):
        record(setup, command)
        if steps(setup)[-1] != "requirements":
            return 0
        log.write_text(output)
        return 1

    with monkeypatch.context() as patch:
        patch.setattr(setup, "run", run)
        assert setup.main() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_the_line_in_which_an_installer_says_why_is_shown(setup, monkeypatch, capsys):
    full = "ERROR: Could not install packages due to an OSError: [Errno 28] No space"
    said = failed_install(setup, monkeypatch, capsys, f"Collecting x\n{full} left\n")
    assert f"could not be installed: {full} left (" in said
    assert "network" not in said
    uv = "error: Failed to fetch: `https://x`\n  Caused by: dns\n  Caused by: no name\n"
    said = failed_install(setup, monkeypatch, capsys, uv)
    assert (
        "is there a network? error: Failed to fetch: `https://x`; Caused by: no name ("
        in said
    )


@pytest.mark.parametrize("missing", ["sqlite3", "ssl", "zlib"])
def test_a_python_that_was_built_without_a_module_is_named(
    setup, monkeypatch, capsys, missing
):
    monkeypatch.setitem(sys.modules, missing, None)
    assert setup.main() == 1
    said = capsys.readouterr().err
    assert f"was built without {missing}: name another one" in said
    assert said.count("\n") == 1
    assert setup.commands == []


def test_an_old_sqlite_is_named(setup, monkeypatch, capsys):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    assert setup.main() == 1
    said = capsys.readouterr().err
    assert "SQLite 3.35 or newer is needed" in said
    assert "has 3.34.1" in said
    assert said.count("\n") == 1
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 35, 0))
    assert setup.main() == 0


@pytest.mark.parametrize(
    ("version", "fits"),
    [("2.29.3", False), ("1.8.3", False), ("2.30.0", True), ("2.55.1 (Apple)", True)],
)
def test_an_old_git_is_named(setup, tmp_path, monkeypatch, capsys, version, fits):
    stub = tmp_path / "programs" / "git"
    stub.parent.mkdir()
    stub.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec echo "git version {version}"\n'
        f'exec "{GIT}" "$@"\n'
    )
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", str(stub.parent), prepend=os.pathsep)
    assert setup.main() == (0 if fits else 1)
    said = capsys.readouterr().err
    number = version.rpartition(".")[0]
    wanted = f"set-up: git 2.30 or newer is needed, this is {number}\n"
    assert said == ("" if fits else wanted)
    assert bool(setup.commands) == fits


def test_variables_of_another_repository_or_python_lead_nowhere(setup, monkeypatch):
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "PYTHONHOME"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -4")
    assert setup.main() == 0
    assert (setup.ROOT / ".git/info/exclude").read_text().count("mine/") == 1
    code = "import os; print(*(n for n, v in os.environ.items() if v == '/nonexistent'"
    code += " or n == 'GIT_SSH_COMMAND'))"
    log = setup.ROOT / "log"
    assert setup.really_run([sys.executable, "-c", code], log) == 0
    assert log.read_text() == "GIT_SSH_COMMAND\n"


def test_make_leads_no_python_astray(tmp_path, monkeypatch):
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "${PYTHONHOME-none} ${PYTHONPATH-none}"\n')
    python.chmod(0o755)
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    monkeypatch.delenv("MAKELEVEL", raising=False)  # `make test` runs this, too
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    command = ["make", "setup", f"PYTHON={python}"]
    root = SCRIPT.parent.parent
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout == "none none\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_clone_of_another_user_is_one_line(setup, capsys):
    subprocess.run(["chown", "-R", "nobody", setup.ROOT], check=True)
    if setup.main() == 0:
        pytest.skip("this git trusts everybody's clones, as all did before 2.35.2")
    said = capsys.readouterr().err
    assert "belongs to another user; to trust it: git config --global --add" in said
    assert said.count("\n") == 1


def test_a_command_of_a_killed_set_up_holds_back_the_next_one(setup, monkeypatch):
    monkeypatch.undo()
    code = "import time; print(flush=True); time.sleep(60)"
    with setup.only_one():
        child = subprocess.Popen(
            [sys.executable, "-c", code], close_fds=False, stdout=subprocess.PIPE
        )
    with child, open(SCRIPT, "rb") as lock:
        child.stdout.readline()
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        child.kill()


def test_a_missing_git_is_told_before_anything_is_made(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    assert setup.main() == 1
    assert "git is not installed" in capsys.readouterr().err
    assert setup.commands == []


def test_changed_pins_are_installed_and_the_tool_is_left(setup):
    setup.main()
    setup.commands.clear()
    (setup.ROOT / "constraints.txt").write_text("flask==3.1.3\n")
    setup.main()
    assert steps(setup) == ["requirements", "branches"]


def test_a_changed_tool_is_built_again_without_a_network(setup):
    setup.main()
    setup.commands.clear()
    (setup.ROOT / "course/pyproject.toml").write_text("# changed\n")
    setup.main()
    assert steps(setup) == ["tool", "branches"]
    assert "--no-index" in setup.commands[0]


def test_a_broken_environment_is_made_anew(setup):
    setup.main()
    setup.commands.clear()
    (setup.VENV / "bin/python").unlink()
    (setup.VENV / "bin/python").symlink_to("/nonexistent/python")
    assert not setup.environment_works()
    setup.shutil.rmtree(setup.VENV)
    assert setup.main() == 0
    assert steps(setup) == ORDER


def test_python_without_ensurepip_says_what_to_install(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup, "has_ensurepip", lambda: False)
    assert setup.main() == 1
    said = capsys.readouterr().err.strip()
    assert "python3-venv" in said
    assert "\n" not in said


def test_an_old_python_is_refused_in_one_line(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup.sys, "version_info", (3, 9, 2))
    assert setup.main() == 1
    said = capsys.readouterr().err.strip()
    assert "Python 3.11 or newer is needed, this is 3.9.2" in said
    assert setup.commands == []


def test_the_script_can_be_read_by_an_old_python():
    import ast

    ast.parse(SCRIPT.read_text(), feature_version=(3, 8))


def test_without_git_metadata_the_branches_are_left_out(setup, capsys):
    setup.shutil.rmtree(setup.ROOT / ".git")
    assert setup.main() == 0
    assert "branches" not in steps(setup)
    assert "no git repository here" in capsys.readouterr().out


def test_what_set_up_makes_is_hidden_from_git_once(setup):
    setup.main()
    setup.main()
    lines = (setup.ROOT / ".git/info/exclude").read_text().splitlines()
    assert [line for line in lines if line in GENERATED] == list(GENERATED)


def test_a_remote_that_never_answers_does_not_hold_set_up(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup, "FETCH_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        address = f"git://127.0.0.1:{port}/course"
        subprocess.run(
            ["git", "-C", setup.ROOT, "config", "remote.origin.url", address],
            check=True,
        )
        assert setup.main() == 0
    assert "the remote does not answer" in capsys.readouterr().out
    assert "branches" in steps(setup)


def test_published_checkpoints_are_fetched(setup, tmp_path_factory):
    published = tmp_path_factory.mktemp("published")
    git = ["git", "-C", published, "-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    message = ["commit", "--quiet", "--allow-empty", "-m", "x"]
    subprocess.run([*git, *message], check=True)
    subprocess.run([*git, "branch", "chapter-1"], check=True)
    remote = ["config", "remote.origin.url", published]
    subprocess.run(["git", "-C", setup.ROOT, *remote], check=True)
    setup.main()
    assert setup.git("rev-parse", "--verify", "refs/remotes/origin/chapter-1")
