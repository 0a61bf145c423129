"""Push the releases to a remote, never by force, and explain what it refuses."""

from collections.abc import Mapping

from course.branches.history import read_history
from course.branches.releases import OURS, PUBLISHED
from course.errors import CourseError, UsageError
from course.git.command import GitError, run_git
from course.git.repository import Repository
from course.terminal import display_tool

TIMEOUT_SECONDS = 60.0  # for the whole push


def push_releases(
    repository: Repository, remote: str, releases: Mapping[int, str]
) -> list[int]:
    """Push the release of each chapter to chapter-N at remote, where it goes forward.

    Returns the chapters that were pushed: not one that remote has already. Raises
    UsageError where remote can't be one, GitError where it does not answer,
    CourseError where it refuses a chapter; the other chapters are published.
    """
    if not remote or remote.startswith("-"):
        raise UsageError(f"{remote!r} is no remote: try --push origin")
    wanted = _to_publish(repository, releases)
    if not wanted:
        return []
    specs = [f"{releases[n]}:refs/heads/chapter-{n}" for n in wanted]
    options = ("--porcelain", "--no-verify", "--no-follow-tags", "--no-signed")
    done = run_git(
        repository.root,
        "push",
        *options,
        remote,
        *specs,
        check=False,
        limit=TIMEOUT_SECONDS,
    )
    lines = [line.split("\t") for line in done.stdout.decode().splitlines()]
    refused = [fields for fields in lines if len(fields) == 3 and fields[0] == "!"]
    if refused:
        raise CourseError(_refusal(remote, refused))
    if done.returncode:
        raise GitError("push", done.returncode, done.stderr)
    there = {fields[1] for fields in lines if fields[0] == "="}
    return [n for n, spec in zip(wanted, specs, strict=True) if spec not in there]


def _to_publish(repository: Repository, releases: Mapping[int, str]) -> list[int]:
    """Return the chapters whose release is not in what origin has already."""
    refs = repository.refs(PUBLISHED, OURS)
    history = read_history(repository, refs)
    wanted = []
    for number, release in releases.items():
        published = refs.get(f"{PUBLISHED}chapter-{number}")
        if published is None:
            wanted.append(number)
        elif not history.contains(published, release):
            if (repository.common / "shallow").exists():
                raise UsageError(
                    "this clone is shallow: it can't tell whether the source is behind "
                    "what is published; first: git fetch --unshallow"
                )
            wanted.append(number)
    return wanted


def _refusal(remote: str, refused: list[list[str]]) -> str:
    """Return what the remote refused and what to do, in one line."""
    answers = []
    for _, refs, answer in refused:
        answers.append(f"{refs.rpartition('/')[2]} {answer}")
    return (
        f"{remote} refused {', '.join(answers)}: "
        f"git fetch {remote}, then {display_tool()} branches --push {remote} again"
    )
