"""Write commits with one `git fast-import`, without touching any work tree."""

import os
from collections.abc import Mapping
from pathlib import Path

from course.git.command import run_git
from course.git.objects import SIGNATURE, Commit

# A ref that is named first and never written: it marks a crash report as ours.
MARKER = "refs/course/import"


def import_commits(
    folder: Path,
    commits: Mapping[str, Commit],
    blobs: Mapping[str, bytes],
    keep: int | None = None,
) -> None:
    """Write commits and set the refs that they are keyed by, in the order given.

    A commit may have one of those before it as its parent. blobs holds the bytes of
    each blob that the repository may lack. Either all refs are set, or (when git or
    this process dies before the end of the stream) none is.
    """
    stream = [b"feature done\n", b"reset %s\n" % MARKER.encode()]
    marks: dict[str, str] = {}
    for ref, commit in commits.items():
        if commit.sha in marks:
            stream.append(f"reset {ref}\nfrom {marks[commit.sha]}\n\n".encode())
            continue
        for _, sha in commit.entries.values():
            if sha in blobs and sha not in marks:
                marks[sha] = f":{len(marks) + 1}"
                stream += [b"blob\nmark %s\n" % marks[sha].encode(), data(blobs[sha])]
        marks[commit.sha] = f":{len(marks) + 1}"
        stream += _commit(ref, commit, marks)
    stream.append(b"done\n")
    options = ("--quiet", "--force")
    run_git(folder, "fast-import", *options, input=b"".join(stream), keep=keep)


def _commit(ref: str, commit: Commit, marks: Mapping[str, str]) -> list[bytes]:
    """Return the lines of one commit."""
    lines = [f"commit {ref}\nmark {marks[commit.sha]}\n".encode()]
    lines.append(f"author {SIGNATURE}\ncommitter {SIGNATURE}\n".encode())
    lines.append(data(commit.message.encode()))
    for word, parent in zip(
        ["from", *["merge"] * len(commit.parents)], commit.parents, strict=False
    ):
        lines.append(f"{word} {marks.get(parent, parent)}\n".encode())
    lines.append(b"deleteall\n")
    for path, (mode, sha) in commit.entries.items():
        about = f"M {mode:o} {marks.get(sha, sha)} ".encode()
        lines.append(about + quoted(path) + b"\n")
    return lines


def data(content: bytes) -> bytes:
    """Return content as the stream holds it: its length, then its bytes."""
    return b"data %d\n" % len(content) + content + b"\n"


def quoted(path: str) -> bytes:
    """Return a path as the stream holds it, whatever bytes are in it."""
    raw = os.fsencode(path)
    for byte, escape in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        raw = raw.replace(byte, escape)
    return b'"' + raw + b'"'


def sweep_crash_reports(common: Path) -> None:
    """Delete the reports that our own interrupted imports left in the git folder."""
    folders = [common, *common.glob("worktrees/*")]
    for folder in folders:
        for report in folder.glob("fast_import_crash_*"):
            if MARKER.encode() in report.read_bytes():
                report.unlink(missing_ok=True)
