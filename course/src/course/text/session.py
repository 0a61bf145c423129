"""A reader's terminal: one bash that runs a chapter's commands, with time limits."""

import os
import re
import select
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from course.errors import CourseError
from course.run import process_tree, processes
from course.run.installing import follows

COMMAND_TIMEOUT_SECONDS = 300.0  # for one command; a slow network is no error
# Reads a file's name and a command, each ended by NUL; answers with the exit code.
DRIVER = """\
course_status() {{ return "$1"; }}
course_last=0
while IFS= read -r -d '' -u {commands} course_file &&
    IFS= read -r -d '' -u {commands} course_command
do
    {{ course_status "$course_last"; eval "$course_command"; }} \
        >"$course_file" 2>&1 </dev/null {commands}<&- {answers}>&-
    course_last=$?
    printf '%s\\n' "$course_last" >&{answers}
done
"""
# What a command may see of the author's own environment: how to reach a package index.
_PASSED_ON = re.compile(
    r"PATH|TMPDIR|USER|LOGNAME|TZ|SHELL|(?i:(https?|no|all|ftp)_proxy)"
    r"|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|PIP_.*|UV_.*"
    r"|COURSE_CACHE|GO(CACHE|FLAGS|MODCACHE|NOSUMDB|PATH|PRIVATE|PROXY|SUMDB|TOOLCHAIN)"
)
_FIXED = {
    "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",
    "TERM": "dumb",
    "COLUMNS": "80",
    "LINES": "24",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "EDITOR": "true",
    "GIT_EDITOR": "true",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "PYTHONUNBUFFERED": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "PIP_PROGRESS_BAR": "off",
    "PIP_NO_INPUT": "1",
    "UV_NO_PROGRESS": "1",
    "UV_PYTHON_DOWNLOADS": "never",
}
GIT_CONFIG = """\
[user]
    name = You
    email = you@example.org
[init]
    defaultBranch = main
[commit]
    gpgSign = false
[core]
    autocrlf = false
    hooksPath = /dev/null
"""


class CommandFailed(CourseError):
    """A command could not be waited for: over its limit, or the shell has ended."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command gave: both streams as one text, and its exit code."""

    output: str
    code: int


def variables(home: Path, first_on_path: Path | None) -> dict[str, str]:
    """Return the environment of a reader whose home is `home`; writes its git settings.

    The caches and settings of pip, uv and Go are those of the person who runs the
    checker, and so are the servers for tests that were built once.
    """
    passed = {
        name: value
        for name, value in os.environ.items()
        if _PASSED_ON.fullmatch(name) and follows(name)
    }
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    pip_cache = Path.home() / "Library/Caches" if sys.platform == "darwin" else cache
    passed.setdefault("PIP_CACHE_DIR", str(pip_cache / "pip"))
    passed.setdefault("UV_CACHE_DIR", str(cache / "uv"))
    passed.setdefault("COURSE_CACHE", str(cache / "lectern-course"))  # has a FerretDB
    passed.setdefault("GOPATH", str(Path.home() / "go"))
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for name, path in [
        ("PIP_CONFIG_FILE", config / "pip/pip.conf"),
        ("PIP_CONFIG_FILE", Path.home() / ".pip/pip.conf"),
        ("UV_CONFIG_FILE", config / "uv/uv.toml"),
    ]:
        if path.is_file():
            passed.setdefault(name, str(path))
    home.mkdir(parents=True, exist_ok=True)
    settings = home / ".gitconfig"
    settings.write_text(GIT_CONFIG)
    search_path = _outer_path(os.environ.get("PATH", os.defpath))
    passed["PATH"] = os.pathsep.join(
        [*([str(first_on_path)] if first_on_path else []), search_path]
    )
    passed |= processes.direct_loopback(passed)
    return passed | _FIXED | {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(settings)}


def _outer_path(path: str) -> str:
    """Return PATH without the folders of virtual environments, such as our own."""
    folders = [folder for folder in path.split(os.pathsep) if folder]
    outside = [f for f in folders if not Path(f).parent.joinpath("pyvenv.cfg").exists()]
    return os.pathsep.join(outside)


class Session:
    """One bash, in which folder, variables, functions and environment carry on.

    A context manager: at its end nothing that the session began is left running; nor is
    it when this process is killed.
    """

    def __init__(self, folder: Path, env: Mapping[str, str], outputs: Path) -> None:
        """Start bash in folder; outputs is a folder for what its commands print."""
        self.outputs = outputs
        outputs.mkdir(parents=True, exist_ok=True)
        self._count = 0
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        driver = DRIVER.format(commands=commands, answers=answers)
        try:
            self.bash = processes.begin(
                ["bash", "--noprofile", "--norc", "-c", driver, "bash"],
                folder,
                env=env,
                output=subprocess.DEVNULL,
                pass_fds=(commands, answers),
            )
        except FileNotFoundError:
            raise CourseError("bash is missing: the text's commands need it") from None
        finally:
            os.close(commands)
            os.close(answers)

    def __enter__(self) -> "Session":
        """Return the session."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything that the session began."""
        process_tree.kill_family(self.bash.pid)
        processes.end(self.bash)
        os.close(self._commands)
        os.close(self._answers)

    def run(
        self, command: str, limit: float = COMMAND_TIMEOUT_SECONDS
    ) -> CommandResult:
        """Run a command to its end; raises CommandFailed when it takes over limit s."""
        output = self._begin(command)
        code = self._answer(output, limit)
        return CommandResult(_read(output), code)

    def serve(self, command: str) -> tuple[int, Path]:
        """Start a command in the background; return its pid and its output file."""
        output = self._begin(f"eval {shlex.quote(command)} &")
        self._answer(output, COMMAND_TIMEOUT_SECONDS)
        return int(self.run('printf %s "$!"').output), output

    def _begin(self, command: str) -> Path:
        self._count += 1
        output = self.outputs / str(self._count)
        message = os.fsencode(output) + b"\0" + command.encode() + b"\0"
        try:
            os.write(self._commands, message)
        except BrokenPipeError:
            raise CommandFailed("the shell has ended") from None
        return output

    def _answer(self, output: Path, limit: float) -> int:
        """Wait for the exit code of the command that runs."""
        end = time.monotonic() + limit
        answer = b""
        while not answer.endswith(b"\n"):
            left = end - time.monotonic()
            ready = left > 0 and select.select([self._answers], [], [], left)[0]
            if not ready:
                process_tree.kill_family(self.bash.pid)
                message = f"took longer than {limit:g} s; it had printed:\n"
                raise CommandFailed(message + _read(output))
            data = os.read(self._answers, 64)
            if not data:
                raise CommandFailed(
                    "ended the shell; it had printed:\n" + _read(output)
                )
            answer += data
        return int(answer)


def _read(output: Path) -> str:
    try:
        return output.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
