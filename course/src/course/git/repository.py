"""A git repository: its refs, commits and files, read with few processes."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from course.errors import CourseError, UsageError
from course.git.command import GitError, reason, run_git
from course.git.links import find_moved_clone, lost_link
from course.tree import EXECUTABLE, REGULAR, SYMLINK, File, read_paths


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
        asked = ("--is-bare-repository", "--show-toplevel", "--git-common-dir")
        done = run_git(folder, "rev-parse", *asked, check=False)
        if done.returncode and find_moved_clone(folder):
            done = run_git(folder, "rev-parse", *asked, check=False)
        lines = os.fsdecode(done.stdout).split("\n")
        if done.returncode:
            stderr = done.stderr.decode("utf-8", "replace")
            raise UsageError(_not_found(folder, lines[0], stderr))
        root, common = Path(lines[1]), (folder / lines[2]).resolve()
        if not (root / ".git").exists():
            raise UsageError(
                f"core.worktree of {common} names {root}, in which git finds nothing: "
                f"take it out with `git config --unset core.worktree`"
            )
        return cls(root, common)

    @property
    def tool_folder(self) -> Path:
        """The folder inside the git folder for the cache, reports and locks."""
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
        return self.read_paths(sorted(names))

    def read_paths(self, paths: Iterable[str]) -> dict[str, File]:
        """Read files of the work tree; what is missing is left out.

        Where the file system tells no modes, a file has the one of git's index.
        """
        found = read_paths(self.root, paths)
        if self.has_file_modes():
            return found
        listed = self.run("ls-files", "-z", "--stage").split(b"\0")[:-1]
        modes = {
            os.fsdecode(line.partition(b"\t")[2]): _mode(int(line.split()[0], 8))
            for line in listed
        }
        return {
            path: replace(file, mode=modes.get(path, REGULAR))
            if file.mode != SYMLINK
            else file
            for path, file in found.items()
        }

    def has_file_modes(self) -> bool:
        """Whether the file system tells executable files from others, as git found."""
        setting = ("config", "--type=bool", "--get", "core.fileMode")
        return self.run(*setting, check=False).strip() != b"false"

    def branch(self) -> str | None:
        """Return the name of the current branch; None where HEAD is detached."""
        found = self.run("symbolic-ref", "--quiet", "--short", "HEAD", check=False)
        return os.fsdecode(found).rstrip("\n") or None


def not_trusted(folder: Path, stderr: str) -> str:
    """Say in one line how to trust a clone of another user, in the words of git."""
    wanted = re.search(r"^\s*(git config .*safe\.directory .*)$", stderr, re.M)
    allow = wanted[1] if wanted else "git config --global --add safe.directory '*'"
    return f"{folder} belongs to another user; to trust it: {allow}"


def _mode(mode: int) -> int:
    """Return one of the three modes that git writes today for an old or odd one."""
    if mode == SYMLINK:
        return SYMLINK
    return EXECUTABLE if mode & 0o111 else REGULAR


def _not_found(folder: Path, bare: str, stderr: str) -> str:
    """Return the line for a folder in which no work tree was found."""
    if bare == "true":
        return f"{folder} is a bare repository: clone it, and work in the clone"
    if "safe.directory" in stderr:
        return not_trusted(folder, stderr)
    top, record = lost_link(folder)
    if record is not None:
        return (
            f"{top} belongs to a clone whose git folder was {record.parent.parent}: go "
            f"to where it is now, and begin the chapter again with --into {top}"
        )
    if "not a git repository" in stderr:
        return f"{folder} is not in a git repository: clone the course, then go there"
    return f"{folder}: {reason(stderr)}"
