"""Set up a clone: environment, requirements, the course tool, the chapter branches.

Runs before anything is installed, so it uses the standard library alone. Each step
says what it does, leaves a stamp when it is done, and is left out while its stamp
still fits; so an interrupted set-up is completed by the next one, and a second one
needs no network.
"""

from __future__ import annotations  # an old Python must get as far as the message

import fcntl
import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ["requirements.txt", "test/requirements.txt", "course/requirements.txt"]
FETCH_SECONDS = 8
OLDEST_GIT, OLDEST_SQLITE = (2, 30), (3, 35)
UNREACHED = re.compile(
    r"(?i)retrying|connection|connect error|timed? ?out|resolution|resolve host"
    r"|failed to (fetch|download)|No matching distribution"
)
NEEDED = ("sqlite3", "ssl", "zlib")  # what a Python built by hand may lack

sys.path.insert(0, str(Path(__file__).parent / "src"))  # of it, what needs no package


class SetUpFailed(Exception):
    """Set-up cannot go on; the message says why and what to do."""


def main() -> int:
    """Do what is not done yet; return the exit code."""
    try:
        check_python()
        repository = is_repository()
        with only_one():
            make_environment()
            install_requirements()
            install_tool()
            if repository:
                exclude_generated()
                fetch_published()
                write_branches()
            else:
                say("no git repository here: the chapter branches are left out")
    except SetUpFailed as failure:
        print(f"set-up: {failure}", file=sys.stderr)
        return 1
    except OSError as error:
        reason = error.strerror or error
        print(f"set-up: {reason}: {error.filename or ROOT}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: interrupted; the next one goes on from here", file=sys.stderr)
        return 130
    return 0


def say(message: str) -> None:
    """Print one line of progress, at once."""
    print(f"set-up: {message}", flush=True)


@contextmanager
def step(message: str) -> Iterator[None]:
    """Announce a step, and say how long it took."""
    say(f"{message} ...")
    begin = time.monotonic()
    yield
    say(f"{message}: done in {time.monotonic() - begin:.1f} s")


def check_python() -> None:
    """Refuse a Python that the course does not run on."""
    if sys.version_info < (3, 11):  # noqa: UP036
        have = ".".join(map(str, sys.version_info[:3]))
        raise SetUpFailed(
            f"Python 3.11 or newer is needed, this is {have}: "
            "name another one, as in `make setup PYTHON=python3.12`"
        )
    if missing := [name for name in NEEDED if not has_module(name)]:
        raise SetUpFailed(
            f"this Python ({sys.executable}) was built without {', '.join(missing)}: "
            "name another one, as in `make setup PYTHON=/usr/bin/python3`"
        )
    import sqlite3

    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise SetUpFailed(
            f"SQLite 3.35 or newer is needed, this Python ({sys.executable}) has "
            f"{sqlite3.sqlite_version}: name another one, as in "
            "`make setup PYTHON=/usr/bin/python3`"
        )


def has_module(name: str) -> bool:
    """Tell whether a module of the standard library can be imported."""
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


@contextmanager
def only_one() -> Iterator[None]:
    """Let a second set-up of the same clone wait for the first one.

    The commands of a step inherit the lock: one whose set-up was killed ends first.
    """
    with open(__file__, "rb") as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is at work here: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_environment() -> None:
    """Create `.venv`; anew where it is broken, half made or of another Python."""
    if environment_works():
        return
    with step(f"creating .venv with Python {sys.version.split()[0]}"):
        if uv := shutil.which("uv"):
            make = [uv, "venv", "--quiet", "--clear", "--seed", *uv_python()]
        elif has_ensurepip():
            make = [sys.executable, "-m", "venv", "--clear"]
        else:
            raise SetUpFailed(
                "this Python has no ensurepip, which makes environments: install it "
                "(Debian and Ubuntu: `apt install python3-venv`), or install uv"
            )
        with NamedTemporaryFile(prefix="lectern-venv-") as log:
            if run([*make, str(VENV)], Path(log.name)):
                raise SetUpFailed(f".venv could not be made: {reason(Path(log.name))}")
        say_whole()


def whole() -> Path:
    """Return the note that `.venv` is whole: not there while something changes it."""
    return VENV / "lectern-whole"


def say_whole() -> None:
    """Note that `.venv` is whole at this place; its programs hold the path to it."""
    whole().write_bytes(os.fsencode(VENV))


def environment_works() -> bool:
    """Tell whether `.venv` is whole, not moved, and of the Python that runs this."""
    if not whole().is_file() or whole().read_bytes() != os.fsencode(VENV):
        return False
    if not PYTHON.exists():
        return False
    code = "import sys; print(*sys.version_info[:3], sep='.')"
    answer = subprocess.run(
        [PYTHON, "-c", code], capture_output=True, text=True, env=variables()
    )
    return answer.stdout.strip() == ".".join(map(str, sys.version_info[:3]))


def has_ensurepip() -> bool:
    """Tell whether this Python can put pip into an environment (Debian splits it)."""
    code = "import ensurepip, venv; ensurepip.version()"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=variables()
    )
    return answer.returncode == 0


def uv_python() -> list[str]:
    """Hold uv to the Python that runs this, without a download."""
    return ["--no-python-downloads", "--python", sys.executable]


def install_requirements() -> None:
    """Install what the app, its tests and the tool ask for, as pinned."""
    paths = [ROOT / name for name in [*REQUIREMENTS, "constraints.txt"]]
    own = sorted(ROOT.glob("extensions/*/pyproject.toml"))
    paths += [*own, *sorted(ROOT.glob("extensions/*/src/**/*.py"))]
    stamp = Stamp("requirements", b"".join(path.read_bytes() for path in paths))
    if stamp.fits():
        return
    wanted = [word for name in REQUIREMENTS for word in ("-r", name)]
    if shutil.which("uv"):  # which would keep the build of an earlier edit
        again = (("--reinstall-package", path.parent.name) for path in own)
        wanted += [word for pair in again for word in pair]
    with step("installing what requirements.txt asks for"):
        install(wanted, "the packages could not be installed")
    stamp.write()


def install_tool() -> None:
    """Build the course tool and install it as a package; needs no network."""
    files = sorted([ROOT / "course/pyproject.toml", *ROOT.glob("course/src/**/*.py")])
    stamp = Stamp("tool", b"".join(bytes(f) + f.read_bytes() for f in files))
    if stamp.fits() and (VENV / "bin" / "course").exists():
        return
    plain = ["--no-deps", "--no-build-isolation"]
    again = (
        ["--offline", "--reinstall-package", "lectern-course"]
        if shutil.which("uv")
        else ["--no-index", "--force-reinstall"]
    )
    with step("installing the course tool"):
        install([*plain, *again, "./course"], "the tool could not be built")
    stamp.write()


def install(wanted: list[str], failure: str) -> None:
    """Change what `.venv` holds; one in which this is killed is not whole any more."""
    whole().unlink()
    log = VENV / "lectern-install.log"
    code = run([*installer(), *wanted], log)
    if code >= 0:  # an installer that fails by itself has changed nothing
        say_whole()
    if code:
        raise SetUpFailed(
            f"{failure}: {reason(log)} (all that the installer printed: "
            f"{log.relative_to(ROOT)}; the next set-up goes on from here)"
        )


def reason(log: Path) -> str:
    """Return the line in which an installer says why, and ask what is likely."""
    from course.run.installing import last_words

    output = log.read_text(errors="replace")
    asked = "is there a network? " if UNREACHED.search(output) else ""
    return asked + last_words(output)


def installer() -> list[str]:
    """Return the start of an install command: uv's where it is, else pip's."""
    if uv := shutil.which("uv"):
        options = ["--quiet", "--compile-bytecode", "--python", str(PYTHON)]
        return [uv, "pip", "install", *options]
    quiet = ["--quiet", "--disable-pip-version-check"]
    return [str(PYTHON), "-m", "pip", "install", *quiet]


class Stamp:
    """A note in `.venv` that a step was done for just this content."""

    def __init__(self, name: str, content: bytes) -> None:
        """Name the step and give the bytes that it depends on."""
        self.path = VENV / f"lectern-{name}"
        self.digest = hashlib.sha256(content).hexdigest()

    def fits(self) -> bool:
        """Tell whether the step was done for the same content."""
        return self.path.is_file() and self.path.read_text() == self.digest

    def write(self) -> None:
        """Say that the step is done."""
        self.path.write_text(self.digest)


def is_repository() -> bool:
    """Tell whether this folder is the top of a git work tree."""
    if not shutil.which("git"):
        raise SetUpFailed("git is not installed: the chapters are git branches")
    have = git("--version")
    found = re.search(r"(\d+)\.(\d+)", have)
    if found and tuple(map(int, found.groups())) < OLDEST_GIT:
        raise SetUpFailed(f"git 2.30 or newer is needed, this is {found[0]}")
    return (ROOT / ".git").exists()


def exclude_generated() -> None:
    """Hide what set-up makes from git, with the tool's own code for it."""
    from course.git.excluding import exclude

    exclude(ROOT / git("rev-parse", "--git-common-dir"))


def fetch_published() -> None:
    """Fetch the published checkpoints once; go on without where nobody answers."""
    tip = git("rev-parse", "--quiet", "--verify", "HEAD", check=False)
    stamp = Stamp("fetched", tip.encode())
    if stamp.fits() or not git("config", "remote.origin.url", check=False):
        return
    refs = "+refs/heads/chapter-*:refs/remotes/origin/chapter-*"
    plain = ["git", "-c", "core.hooksPath=/dev/null"]
    command = [*plain, "fetch", "--quiet", "--no-tags", "origin", refs]
    silent = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}
    try:
        subprocess.run(
            command,
            cwd=ROOT,
            env={**variables(), **silent},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=FETCH_SECONDS,
            check=True,
        )
    except subprocess.SubprocessError:
        say("the remote does not answer: going on with the checkpoints made here")
        return
    stamp.write()


def write_branches() -> None:
    """Write the chapter branches from `main`; quick where nothing has changed."""
    if run([str(VENV / "bin" / "course"), "branches", "--quiet"]):
        raise SetUpFailed("the chapter branches could not be written")


def git(*args: str, check: bool = True) -> str:
    """Ask git something about this clone."""
    answer = subprocess.run(
        ["git", *args], cwd=ROOT, capture_output=True, text=True, env=variables()
    )
    if check and answer.returncode:
        trust = re.search(r"git config .*safe\.directory .*", answer.stderr)
        if trust:
            who = f"{ROOT} belongs to another user; to trust it: {trust[0]}"
            raise SetUpFailed(who)
        lines = answer.stderr.strip().splitlines() or [f"git {args[0]} failed"]
        raise SetUpFailed(lines[0])
    return answer.stdout.strip()


def variables() -> dict[str, str]:
    """Return our variables without those of another environment or repository."""
    from course.run.installing import LEADING

    return {k: v for k, v in os.environ.items() if not LEADING.fullmatch(k)}


@contextmanager
def installing(program: str) -> Iterator[dict[str, str]]:
    """Yield the variables for uv or pip, which say only how packages are reached."""
    from course.run.installing import pip_variables, uv_variables

    try:
        if Path(program).name == "uv":
            with uv_variables() as found:
                yield found
        else:
            yield pip_variables(program)
    except ValueError as error:
        raise SetUpFailed(str(error)) from None


def run(command: list[str], log: Path | None = None) -> int:
    """Run a command of a step, whose words are shown or go to log; return its code."""
    if log is None:
        return subprocess.run(
            command, cwd=ROOT, close_fds=False, env=variables()
        ).returncode
    with open(log, "wb") as to, installing(command[0]) as found:
        return subprocess.run(
            command, cwd=ROOT, stdout=to, stderr=to, close_fds=False, env=found
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
