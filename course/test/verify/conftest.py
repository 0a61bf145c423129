"""A sound course of two chapters, on which every step of the verification holds."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

import course
from course.source.weave import Source
from course.tree import File, write_folder
from course.verify.checkpoints import Checkpoints
from course.verify.execution import run_one
from course.verify.results import Verdict
from course.verify.tasks import plan, plan_knockout

SOUND = {
    ".gitattributes": "* -text\n",
    "pyproject.toml": """\
[tool.pytest.ini_options]
testpaths = ["test"]
addopts = ["--import-mode=importlib"]
pythonpath = ["."]

[tool.ruff]
line-length = 88
""",
    "requirements.txt": "-c constraints.txt\n",
    "constraints.txt": "{pins}",
    "run.py": '''\
"""Say hello, or serve it."""

import sys

GREETINGS = [
    "hello",
    "good day",  # chapter 2
]


def greet(number: int = 0) -> str:
    """Return a greeting."""
    return GREETINGS[number]


# region chapter 2: shout
def shout(number: int = 0) -> str:
    """Return a greeting, louder."""
    return greet(number).upper()


# endregion shout
if __name__ == "__main__":
    # region chapter 2: serve
    if len(sys.argv) > 1:
        from serve import serve

        serve(int(sys.argv[1]))
    # endregion serve
    print(greet(), *sys.argv[1:])
''',
    "serve.py": '''\
"""Serve greetings over HTTP."""

from http.server import BaseHTTPRequestHandler, HTTPServer

from run import shout


class Hello(BaseHTTPRequestHandler):
    """Answers / and nothing else."""

    def do_GET(self) -> None:
        """Answer one request."""
        self.send_response(200 if self.path == "/" else 404)
        self.end_headers()
        self.wfile.write(shout().encode())


def serve(port: int) -> None:
    """Serve until somebody ends it."""
    HTTPServer(("127.0.0.1", port), Hello).serve_forever()
''',
    "test/requirements.txt": "-c ../constraints.txt\npytest\n",
    "test/ch01_one/test_greet.py": '''\
"""Test the greeting."""

import subprocess
import sys

from run import greet


def test_greets() -> None:
    """It says hello."""
    assert greet() == "hello"


def test_prints() -> None:
    """It prints the greeting."""
    printed = subprocess.check_output([sys.executable, "run.py"], text=True)
    assert printed == "hello\\n"
''',
    "test/ch02_two/test_shout.py": '''\
"""Test the shouting."""

from run import greet, shout


def test_shouts() -> None:
    """It shouts each of its greetings."""
    assert shout() == "HELLO"
    assert greet(1) == "good day"
''',
    "test/ch02_two/test_serve.py": '''\
"""Test the server."""

import subprocess
import sys

from serve import Hello


def test_answers() -> None:
    """The server has an answer."""
    assert Hello.do_GET


def test_a_port_is_a_number() -> None:
    """A port that is no number is refused."""
    command = [sys.executable, "run.py", "none"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
''',
    "chapters/course.toml": 'main_only = ["course/", "README.md"]\n',
    "README.md": "# The whole course\n",
    "chapters/01-one/README.md": """\
# Chapter 1: One

## Step 1: fetch

Fetch it all.

| File | What it does | Why it is not typed |
|---|---|---|
| all | greets | it is short |

```console
$ git checkout chapter-1 -- .gitattributes pyproject.toml requirements.txt
$ git checkout chapter-1 -- constraints.txt run.py test
```
""",
    "chapters/01-one/chapter.toml": """\
title = "One"
concept = "a greeting"
shows = "it says hello"
minutes = [10]
files = [
  ".gitattributes", "pyproject.toml", "requirements.txt", "constraints.txt",
  "run.py", "test/requirements.txt",
]
[start]
command = ["python", "run.py"]
prints = "hello"
""",
    "chapters/02-two/README.md": """\
# Chapter 2: Two

## Step 1: shout

Teach it a second greeting.

`run.py`, changed:

```diff
 GREETINGS = [
     "hello",
+    "good day",
 ]
@@
     return GREETINGS[number]
\x20
\x20
+def shout(number: int = 0) -> str:
+    \"""Return a greeting, louder.\"""
+    return greet(number).upper()
+
+
 if __name__ == "__main__":
+    if len(sys.argv) > 1:
+        from serve import serve
+
+        serve(int(sys.argv[1]))
     print(greet(), *sys.argv[1:])
```

Fetch the rest.

| File | What it does | Why it is not typed |
|---|---|---|
| `serve.py` | serves | it is short |

```console
$ git checkout chapter-2 -- serve.py test
$ python -c 'import run; print(run.shout())'
HELLO
```
""",
    "chapters/02-two/chapter.toml": """\
title = "Two"
concept = "shouting"
shows = "it shouts"
minutes = [10]
files = ["serve.py"]
protects = ["Nobody hears it."]
[start]
command = ["python", "run.py", "{port}"]
answers = { "/" = 200, "/other" = 404 }
""",
    "chapters/02-two/exercises/whisper/README.md": "# Whisper\n\nWrite `whisper`.\n",
    "chapters/02-two/exercises/whisper/hint.md": "`str.lower`.\n",
    "chapters/02-two/exercises/whisper/test_whisper.py": '''\
"""Judge the whisper."""


def test_whispers() -> None:
    """`whisper()` says it in small letters."""
    import run

    assert hasattr(run, "whisper"), "there is no whisper yet"
    assert run.whisper() == "hello"
''',
    "chapters/02-two/exercises/whisper/solution.patch": '''\
--- a/run.py
+++ b/run.py
@@ -18,6 +18,11 @@
     return greet(number).upper()


+def whisper(number: int = 0) -> str:
+    """Return a greeting, softer."""
+    return greet(number).lower()
+
+
 if __name__ == "__main__":
     if len(sys.argv) > 1:
         from serve import serve
''',
}


@dataclass
class Workshop:
    """A sound course in memory, and one verification of it."""

    tree: dict[str, File]
    folder: Path
    environments: Path

    def write(self, path: str, text: str) -> None:
        """Replace one file."""
        self.tree[path] = File(text.encode())

    def change(self, path: str, old: str, new: str) -> None:
        """Replace a part of one file that is there."""
        text = self.tree[path].data.decode()
        assert old in text, path
        self.write(path, text.replace(old, new))

    def checkpoints(self) -> Checkpoints:
        """Read the course as it is now."""
        work_folder = self.folder / f"work-{len(list(self.folder.iterdir()))}"
        work_folder.mkdir()
        traces = self.folder.parent / "traces"
        return Checkpoints(
            Source.read(self.tree), work_folder, self.environments, traces
        )

    def check(self, step: str, chapter: int) -> Verdict:
        """Run one check without any cache."""
        return self.all_of(step, chapter)[0]

    def all_of(self, step: str, chapter: int) -> list[Verdict]:
        """Run all checks of a step, of which only *text* has several."""
        with closing(self.checkpoints()) as checkpoints:
            tasks = plan(checkpoints, [chapter], [step])
            return [run_one(task).verdict for task in tasks]

    def knock_out(self, chapter: int, *units: str) -> dict[str, Verdict]:
        """Knock out these units of a chapter, or all."""
        with closing(self.checkpoints()) as checkpoints:
            tasks = plan_knockout(checkpoints, chapter)
            wanted = [task for task in tasks if not units or task.name in units]
            return {task.name: run_one(task).verdict for task in wanted}

    def keys(self) -> dict[str, str]:
        """Return the keys of all checks by their titles."""
        checkpoints = self.checkpoints()
        tasks = plan(
            checkpoints, [1, 2], ["weave", "lint", "test", "start", "red", "text"]
        )
        return {task.title: task.key for task in tasks}


@pytest.fixture(autouse=True)
def own_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs that tests start run the same tool as the tests."""
    monkeypatch.delenv("COURSE_CACHE", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(course.__file__).parents[1]))


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder of environments that all these tests share."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(scope="session")
def pins() -> str:
    """Return the versions that these tests run with, so that no network is needed."""
    import importlib.metadata as installed

    names = {"pytest": ["iniconfig", "packaging", "pluggy", "pygments"]}
    lines = []
    for name, wanted in names.items():
        lines += [
            f"{name}=={installed.version(name)}",
            "    # via -r test/requirements.txt",
        ]
        for part in wanted:
            lines += [f"{part}=={installed.version(part)}", f"    # via {name}"]
    return "\n".join([*lines, ""])


@pytest.fixture
def workshop(tmp_path: Path, environments: Path, pins: str) -> Workshop:
    """Make a sound course, yours to spoil."""
    texts = SOUND | {"constraints.txt": pins}
    tree = {path: File(text.encode()) for path, text in texts.items()}
    folder = tmp_path / "rooms"
    folder.mkdir()
    return Workshop(tree, folder, environments)


@pytest.fixture
def repository(workshop: Workshop, tmp_path: Path) -> Path:
    """Put the sound course into a repository, committed."""
    root = tmp_path / "repository"
    write_folder(workshop.tree, root)
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"]):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)
    return root


Verify = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def verify(repository: Path, environments: Path) -> Verify:
    """Run `course verify` in the repository, with the shared environments."""
    home = repository / ".git" / "course"
    home.mkdir()
    (home / "environments").symlink_to(environments)

    def call(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "course", "verify", *words]
        return subprocess.run(
            command, cwd=repository, capture_output=True, text=True, check=False
        )

    return call
