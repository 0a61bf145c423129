"""Run git commands, with the same results whatever the person has configured."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from course.errors import CourseError, UsageError

# What a person may have configured and must not change what we read or write.
SETTINGS = {
    "advice.objectNameWarning": "false",
    "color.ui": "false",
    "commit.gpgSign": "false",
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.quotePath": "false",
    "core.safecrlf": "false",
    "core.untrackedCache": "false",
    "diff.orderFile": os.devnull,
    "diff.relative": "false",
    "gc.auto": "0",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "maintenance.auto": "false",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "push.recurseSubmodules": "no",
    "tag.gpgSign": "false",
}
# GIT_* variables that say how to reach a remote or where the configuration is.
PASSED_VARIABLES = (
    "GIT_ASKPASS",
    "GIT_CEILING_DIRECTORIES",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_VALUE_",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_SSH",
    "GIT_SSL_",
)
NAME, EMAIL = "Lectern", "lectern@localhost"


class GitError(CourseError):
    """A git command failed; the message is what git answered, in one line."""

    def __init__(self, command: str, status: int, stderr: bytes) -> None:
        """Keep all that git wrote, of which one line is shown."""
        self.status = status
        self.stderr = stderr.decode("utf-8", "replace")
        super().__init__(f"git {command}: {reason(self.stderr) or f'exit {status}'}")


def environment() -> dict[str, str]:
    """Return the variables git runs with: no prompt, no editor, nobody else's index."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(PASSED_VARIABLES)
    }
    return passed | {
        "LC_ALL": "C",
        "GIT_AUTHOR_NAME": NAME,
        "GIT_AUTHOR_EMAIL": EMAIL,
        "GIT_COMMITTER_NAME": NAME,
        "GIT_COMMITTER_EMAIL": EMAIL,
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_DEFAULT_REF_FORMAT": "files",
        "GIT_EDITOR": "true",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def run_git(
    folder: Path,
    *args: str,
    input: bytes | None = None,
    check: bool = True,
    env: Mapping[str, str] | None = None,
    limit: float | None = None,
    keep: int | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run one git command in folder, unaffected by the person's configuration.

    limit is in seconds; keep is a descriptor that git inherits, such as a lock's.
    Raises UsageError where git is not installed, GitError where
    it fails (unless check is off) or takes longer than limit.
    """
    settings = [part for item in SETTINGS.items() for part in ("-c", "=".join(item))]
    try:
        with subprocess.Popen(
            ["git", "-C", str(folder), *settings, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment() | dict(env or {}),
            pass_fds=() if keep is None else (keep,),
            start_new_session=limit is not None,
        ) as process:
            output, errors = _answer(process, input, limit)
    except (FileNotFoundError, PermissionError):
        raise UsageError("git is not installed: the course needs git 2.30") from None
    except subprocess.TimeoutExpired:
        message = f"no answer after {limit:g} seconds".encode()
        raise GitError(args[0], 124, message) from None
    if check and process.returncode:
        raise GitError(args[0], process.returncode, errors)
    return subprocess.CompletedProcess(args, process.returncode, output, errors)


def _answer(
    process: subprocess.Popen[bytes], input: bytes | None, limit: float | None
) -> tuple[bytes, bytes]:
    """Wait for git; end it, and with a limit what it started, if we can't go on."""
    try:
        return process.communicate(input, limit)
    except BaseException:
        if limit is None:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)  # ssh and the like, too
        process.wait()
        raise


def reason(stderr: str) -> str:
    """Return the line in which git says what went wrong."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for start in ("fatal: ", "error: "):
        for line in lines:
            if line.startswith(start):
                return line.removeprefix(start)
    return lines[-1] if lines else ""
