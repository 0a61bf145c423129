"""Set-up: each step once, an interrupted one completed, each refusal one line."""

import fcntl
import importlib.util
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from course.git.excluding import GENERATED

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
    with monkeypatch.context() as patch:
        fails = {"requirements": 1}
        patch.setattr(
            setup,
            "run",
            lambda *given: record(setup, *given) or fails.get(steps(setup)[-1], 0),
        )
        assert setup.main() == 1
    said = capsys.readouterr().err.strip()
    assert "is there a network?" in said
    assert "\n" not in said
    setup.commands.clear()
    assert setup.main() == 0
    assert steps(setup) == ORDER[1:]


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
