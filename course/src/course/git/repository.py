"""Git as the tool needs it: few processes, the same answers under any configuration."""

import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError, UsageError
from course.source.manifest import COURSE
from course.tree import EXECUTABLE, REGULAR, SYMLINK, File, read_paths

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
KEPT_VARIABLES = (
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
    """A git command failed; the message is what git said, in one line."""

    def __init__(self, command: str, status: int, stderr: bytes) -> None:
        """Keep the whole of what git wrote beside the line that is shown."""
        self.status = status
        self.stderr = stderr.decode("utf-8", "replace")
        super().__init__(f"git {command}: {_reason(self.stderr) or f'exit {status}'}")


def environment() -> dict[str, str]:
    """Return the variables git runs with: no prompt, no editor, nobody else's index."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(KEPT_VARIABLES)
    }
    return kept | {
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
    """Run one git command in folder, proof against the person's configuration.

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
        raise UsageError("git is not installed: the course needs git 2.31") from None
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


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository, seen from one of its work trees."""

    root: Path  # the top of this work tree
    common: Path  # the git folder that all work trees share

    @classmethod
    def find(cls, path: Path | None = None) -> "Repository":
        """Find the repository that path (or the current folder) lies in.

        Raises UsageError outside of one, in a bare one, and where git is missing.
        """
        try:
            folder = path or Path.cwd()
        except FileNotFoundError:
            raise UsageError("the current folder no longer exists") from None
        questions = ("--is-bare-repository", "--show-toplevel", "--git-common-dir")
        form = "--path-format=absolute"
        done = run_git(folder, "rev-parse", form, *questions, check=False)
        lines = os.fsdecode(done.stdout).split("\n")
        if done.returncode:
            raise UsageError(_not_found(folder, lines[0], done.stderr.decode()))
        return cls(Path(lines[1]), Path(lines[2]))

    @property
    def course_folder(self) -> Path:
        """Where the tool keeps its cache, reports and locks: out of every work tree."""
        return self.common / "course"

    def run(
        self,
        *args: str,
        input: bytes | None = None,
        check: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run a git command at the top of the work tree and return what it printed."""
        return run_git(self.root, *args, input=input, check=check, env=env).stdout

    def text(self, *args: str) -> str:
        """Run a git command and return what it printed, without the last newline."""
        return os.fsdecode(self.run(*args)).rstrip("\n")

    def resolve(self, ref: str) -> str | None:
        """Return the SHA of the commit that ref names; None if it names none."""
        if ref.startswith("-") or "\n" in ref or not ref:
            return None
        name = ref + "^{commit}"
        found = self.run("rev-parse", "--verify", "--quiet", name, check=False)
        return found.decode().strip() or None

    def refs(self, *patterns: str) -> dict[str, str]:
        """Return the refs that lie at or below the patterns, with their SHAs."""
        form = "--format=%(objectname) %(refname)"
        lines = self.text("for-each-ref", form, *patterns).splitlines()
        return {name: sha for sha, name in (line.split(" ", 1) for line in lines)}

    def tree(self, ref: str, under: str = "") -> dict[str, File]:
        """Read the files of a commit or a tree, or only those at or below a path.

        Raises UsageError where there is no such commit.
        """
        return self.read_entries(self.entries(ref, under))

    def entries(self, ref: str, under: str = "") -> dict[str, tuple[int, str]]:
        """List a commit's files as path -> (mode, blob SHA), without reading them."""
        where = ["--", under.rstrip("/")] if under else []
        try:
            listing = self.run("ls-tree", "-r", "-z", "--full-tree", ref, *where)
        except GitError:
            if self.resolve(ref) is None:
                raise UsageError(f"there is no commit {ref} here") from None
            raise
        found = {}
        for line in listing.split(b"\0")[:-1]:
            about, path = line.split(b"\t", 1)
            mode, kind, blob = about.split()
            if kind == b"blob":
                found[os.fsdecode(path)] = _mode(int(mode, 8)), blob.decode()
        return found

    def read_entries(self, entries: Mapping[str, tuple[int, str]]) -> dict[str, File]:
        """Read the blobs that entries name, all in one process."""
        blobs = self.blobs(blob for _, blob in entries.values())
        return {path: File(blobs[blob], mode) for path, (mode, blob) in entries.items()}

    def empty_tree(self) -> str:
        """Return the name of the tree without files, in this repository's hash."""
        return self.text("hash-object", "-t", "tree", os.devnull)

    def blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read objects by SHA; raises CourseError where one is missing."""
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        asked = "".join(name + "\n" for name in wanted).encode()
        output = self.run("cat-file", "--batch", input=asked)
        found, at = {}, 0
        for name in wanted:
            end = output.index(b"\n", at)
            about = output[at:end].split()
            if len(about) != 3:
                raise CourseError(f"the repository lacks the object {name}")
            size = int(about[2])
            found[name] = output[end + 1 : end + 1 + size]
            at = end + size + 2
        return found

    def work_tree(self) -> dict[str, File]:
        """Read the work tree as it is on disk: tracked files, and new ones."""
        listed = self.run(
            "ls-files", "-z", "--cached", "--others", "--exclude-standard"
        )
        names = {os.fsdecode(name) for name in listed.split(b"\0")[:-1]}
        return read_paths(self.root, sorted(names))

    def annotated_tree(self) -> dict[str, File]:
        """Read the work tree; raises UsageError if it is a checkpoint, not main's."""
        tree = self.work_tree()
        if COURSE not in tree:
            raise UsageError(
                f"this work tree is not the annotated course (no {COURSE}): "
                "go back with `git checkout main`"
            )
        return tree

    def source_ref(self) -> str:
        """Return the ref of the annotated course: main, origin's main, or HEAD.

        Where main has another name, and is not checked out here, it is the newest
        branch that holds the course. Raises UsageError where none does.
        """
        remote = "refs/remotes/origin/"
        refs = ["refs/heads/main", f"{remote}main", f"{remote}HEAD", "HEAD"]
        if found := self._first_course(refs):
            return found
        form, places = "--format=%(refname)", ("refs/heads", "refs/remotes")
        named = self.text("for-each-ref", form, "--sort=-committerdate", *places)
        if found := self._first_course(named.splitlines()):
            return found
        if self.resolve("HEAD") is None:
            raise UsageError("this repository has no commit yet: commit the course")
        raise UsageError(
            f"no branch here holds the course ({COURSE}): "
            "fetch main, or name a commit with --from REF"
        )

    def _first_course(self, refs: list[str]) -> str | None:
        """Return the first ref whose commit holds the annotated course."""
        asked = "".join(f"{ref}:{COURSE}\n" for ref in refs).encode()
        answers = self.run("cat-file", "--batch-check", input=asked).splitlines()
        for ref, answer in zip(refs, answers, strict=True):
            if not answer.endswith((b" missing", b" ambiguous")):
                return ref
        return None

    def branch(self) -> str | None:
        """Return the name of the current branch; None where HEAD is detached."""
        found = self.run("symbolic-ref", "--quiet", "--short", "HEAD", check=False)
        return os.fsdecode(found).rstrip("\n") or None

    def chapter_tip(self, number: int) -> str | None:
        """Return what chapter-N is here: the branch, its release or origin's branch."""
        name = f"chapter-{number}"
        places = [f"refs/{at}/{name}" for at in ("heads", "course", "remotes/origin")]
        found = self.refs(*places)
        return next((found[place] for place in places if place in found), None)


def _mode(mode: int) -> int:
    """Return one of the three modes that git writes today for an old or odd one."""
    if mode == SYMLINK:
        return SYMLINK
    return EXECUTABLE if mode & 0o111 else REGULAR


def _reason(stderr: str) -> str:
    """Return the line in which git says what went wrong."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for start in ("fatal: ", "error: "):
        for line in lines:
            if line.startswith(start):
                return line.removeprefix(start)
    return lines[-1] if lines else ""


def _not_found(folder: Path, bare: str, stderr: str) -> str:
    """Return the line for a folder in which no work tree was found."""
    if bare == "true":
        return f"{folder} is a bare repository: clone it, and work in the clone"
    if "dubious ownership" in stderr:
        allow = f"git config --global --add safe.directory {folder}"
        return f"{folder} belongs to another user; to trust it: {allow}"
    if "not a git repository" in stderr:
        return f"{folder} is not in a git repository: clone the course, then go there"
    return f"{folder}: {_reason(stderr)}"
