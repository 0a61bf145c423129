"""Find the course in a repository: its annotated tree and its chapters' commits."""

from course.errors import UsageError
from course.git.repository import Repository
from course.source.manifest import COURSE
from course.tree import File


def annotated_tree(repository: Repository) -> dict[str, File]:
    """Read the work tree; raises UsageError if it is a checkpoint, not main's."""
    tree = repository.work_tree()
    if COURSE not in tree:
        raise UsageError(
            f"this work tree is not the annotated course (no {COURSE}): "
            "go back with `git checkout main`"
        )
    return tree


def find_source_ref(repository: Repository) -> str:
    """Return the ref of the annotated course: main, origin's main, or HEAD.

    Where main has another name, and is not checked out here, it is the newest
    branch that holds the course. Raises UsageError where none does.
    """
    remote = "refs/remotes/origin/"
    refs = ["refs/heads/main", f"{remote}main", f"{remote}HEAD", "HEAD"]
    if found := _first_with_course(repository, refs):
        return found
    form, folders = "--format=%(refname)", ("refs/heads", "refs/remotes")
    named = repository.text("for-each-ref", form, "--sort=-committerdate", *folders)
    if found := _first_with_course(repository, named.splitlines()):
        return found
    if repository.resolve("HEAD") is None:
        raise UsageError("this repository has no commit yet: commit the course")
    raise UsageError(
        f"no branch here holds the course ({COURSE}): "
        "fetch main, or name a commit with --from REF"
    )


def _first_with_course(repository: Repository, refs: list[str]) -> str | None:
    """Return the first ref whose commit holds the annotated course."""
    asked = "".join(f"{ref}:{COURSE}\n" for ref in refs).encode()
    answers = repository.run("cat-file", "--batch-check", input=asked).splitlines()
    for ref, answer in zip(refs, answers, strict=True):
        if not answer.endswith((b" missing", b" ambiguous")):
            return ref
    return None


def chapter_tip(repository: Repository, number: int) -> str | None:
    """Return the commit of a chapter: of its branch, its release or origin's branch."""
    name = f"chapter-{number}"
    refs = [f"refs/{kind}/{name}" for kind in ("heads", "course", "remotes/origin")]
    found = repository.refs(*refs)
    return next((found[ref] for ref in refs if ref in found), None)
