"""What the tests of the tool share: repositories, a small course, a hostile setup."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from course.git.repository import Repository
from course.tree import EXECUTABLE, SYMLINK, File, Tree, write_folder

SOURCE = Path(__file__).resolve().parent.parent / "src"
COURSE = [
    sys.executable,
    "-c",
    f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n"
    "from course.cli import main; main()",
]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run one more at a time than there are cores: most tests wait for a program."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session", autouse=True)
def _interrupts() -> None:
    """Let Ctrl-C reach what tests start; a shell's background job would ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Sandbox:
    """A git repository of a test, and the few things that tests do to it."""

    root: Path

    @property
    def repository(self) -> Repository:
        """The repository as the tool sees it."""
        return Repository.find(self.root)

    def git(self, *args: str, check: bool = True) -> str:
        """Run git in the repository; return what it printed, stripped."""
        done = subprocess.run(
            ["git", *args], cwd=self.root, capture_output=True, check=False
        )
        assert not (check and done.returncode), (args, done.stderr.decode())
        return os.fsdecode(done.stdout).strip()

    def course(self, *args: str) -> "subprocess.CompletedProcess[str]":
        """Run the course command in a process of its own, in the repository."""
        return subprocess.run(
            COURSE + list(args),
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )

    def write(self, tree: Mapping[str, File | str]) -> None:
        """Write files into the work tree; text becomes a regular file."""
        files = {
            p: File(f.encode()) if isinstance(f, str) else f for p, f in tree.items()
        }
        write_folder(files, self.root)

    def commit(self, tree: Mapping[str, File | str] | None = None) -> str:
        """Write files, commit everything that is in the work tree, return the SHA."""
        self.write(tree or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "a change")
        return self.git("rev-parse", "HEAD")

    def sha(self, ref: str) -> str:
        """Return what a ref points at; empty where there is none."""
        return self.git("rev-parse", "--verify", "--quiet", ref, check=False)

    def refs(self, *patterns: str) -> dict[str, str]:
        """Return the refs at or below patterns, with their SHAs."""
        return self.repository.refs(*patterns)

    def clone(self, folder: Path, *options: str) -> "Sandbox":
        """Clone this repository into folder."""
        self.git("clone", "--quiet", *options, self.root.as_uri(), str(folder))
        return Sandbox(folder)


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch, tmp_path_factory) -> None:
    """Give every test a git without the configuration of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    config = tmp_path_factory.mktemp("git") / "config"
    config.write_text(
        "[user]\nname = Test Reader\nemail = reader@example.org\n"
        '[init]\ndefaultBranch = main\n[protocol "file"]\nallow = always\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def plain_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pytest that a test starts load no plugin, which takes most of its time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    """Make an empty repository on branch main."""
    root = tmp_path / "repository"
    root.mkdir()
    sandbox = Sandbox(root)
    sandbox.git("init", "--quiet")
    return sandbox


@pytest.fixture
def sample_course() -> dict[str, File]:
    """Return a tiny annotated course of three chapters; yours to change."""
    return make_course()


@pytest.fixture
def course_repository(repository: Sandbox, sample_course: Tree) -> Sandbox:
    """Make a repository whose main holds the sample course."""
    repository.commit(sample_course)
    return repository


HOOKS = [
    "commit-msg",
    "fsmonitor-watchman",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-rewrite",
    "pre-auto-gc",
    "pre-commit",
    "pre-push",
    "prepare-commit-msg",
    "reference-transaction",
]


@pytest.fixture
def hostile_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Configure git as badly as a person can; return a file that stays away.

    The file is written when any hook, signer, editor, pager or monitor runs.
    """
    marks = tmp_path / "something-ran"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    program = hooks / "program"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{marks}'\nexit 1\n")
    program.chmod(0o755)
    for hook in HOOKS:
        (hooks / hook).symlink_to(program)
    config = tmp_path / "hostile-config"
    config.write_text(HOSTILE.format(program=program, hooks=hooks, folder=tmp_path))
    (tmp_path / "attributes").write_text("* text eol=crlf ident filter=spoil\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, "1999-01-01T00:00:00Z")
    monkeypatch.setenv("GIT_EDITOR", str(program))
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("EMAIL", "")
    return marks


HOSTILE = """\
[user]
    useConfigOnly = true
    signingKey = nobody
[commit]
    gpgSign = true
[tag]
    gpgSign = true
[push]
    gpgSign = if-asked
    followTags = true
    default = nothing
[gpg]
    program = {program}
[core]
    hooksPath = {hooks}
    autocrlf = true
    safecrlf = true
    eol = crlf
    fsmonitor = {program}
    quotePath = true
    pager = {program}
    editor = {program}
    attributesFile = {folder}/attributes
    logAllRefUpdates = always
    abbrev = 5
[filter "spoil"]
    clean = {program}
    smudge = {program}
    required = true
[init]
    defaultBranch = trunk
    templateDir = {hooks}
[i18n]
    commitEncoding = UTF-16
    logOutputEncoding = ISO-8859-1
[color]
    ui = always
    diff = always
    status = always
[diff]
    external = {program}
    noprefix = true
    mnemonicPrefix = true
    orderFile = {folder}/nowhere
    relative = true
    context = 0
[status]
    showUntrackedFiles = no
    branch = true
[fetch]
    prune = true
[gc]
    auto = 1
[log]
    showSignature = true
[fastimport]
    unpackLimit = 1
[alias]
    update-ref = !{program}
    fast-import = !{program}
"""


def make_course() -> dict[str, File]:
    """Build the sample course: three chapters, a small app, files of every kind."""
    tree = {
        ".gitattributes": "* -text\n",
        "chapters/course.toml": 'main_only = ["course/", "README.md", "CHANGES.md"]\n',
        "README.md": "# The whole course\n",
        "CHANGES.md": "# Changes\n",
        "course/tool.py": "print('the tool')\n",
        "requirements.txt": "-c constraints.txt\npackaging>=25,<27  # chapter 2\n",
        "constraints.txt": "packaging==26.0\n    # via -r requirements.txt\n",
        "run.py": RUN,
        "test/conftest.py": '"""Shared fixtures."""\n',
    }
    for number, name in enumerate(("first", "second", "third"), start=1):
        tree |= _chapter(number, name)
    files = {path: File(text.encode()) for path, text in tree.items()}
    files["run.py"] = File(RUN.encode(), EXECUTABLE)
    files["static/a picture.png"] = File(b"\x89PNG\r\n\x1a\n\0\xff")
    files["static/caf\u00e9.txt"] = File(b"one\r\ntwo\r\nno newline")
    files["static/link"] = File("caf\u00e9.txt".encode(), SYMLINK)
    return files


RUN = '''\
"""Say hello."""

NAMES = [
    "first",
    "second",  # chapter 2
    "third",  # chapter 3
]


def hello() -> str:
    """Return the greeting."""
    return "hello " + NAMES[-1]


# region chapter 2: shout
def shout() -> str:
    """Return the greeting, louder."""
    return hello().upper()


# endregion shout
if __name__ == "__main__":
    print(hello())
'''


def _chapter(number: int, name: str) -> dict[str, str]:
    """Build the files of one chapter: manifest, text, test and an exercise."""
    files = {
        1: '[".gitattributes", "run.py", "static/", "requirements.txt", '
        '"constraints.txt", "test/conftest.py"]',
        2: '["static/caf\u00e9.txt", "static/link"]',
    }.get(number, "[]")
    folder = f"chapters/{number:02}-{name}"
    exercise = f"{folder}/exercises/louder"
    return {
        f"{folder}/chapter.toml": (
            f'title = "The {name} chapter"\nconcept = "being {name}"\n'
            f'shows = "it says {name}"\nminutes = [10]\nfiles = {files}\n'
            f'protects = ["Nothing says {name}."]\n'
        ),
        f"{folder}/README.md": (
            f"# Chapter {number}: The {name} chapter\n\n## Step 1: read\n\nRead it.\n"
        ),
        f"{exercise}/README.md": "# Louder\n\nMake it louder.\n",
        f"{exercise}/test_louder.py": "def test_louder() -> None:\n    assert True\n",
        f"{exercise}/hint.md": "Turn it up.\n",
        f"{exercise}/solution.patch": "",
        f"test/ch{number:02}_{name}/test_{name}.py": (
            f'"""Test that it says {name}."""\n\nfrom run import NAMES\n\n\n'
            f'def test_{name}() -> None:\n    assert "{name}" in NAMES\n'
        ),
    }
