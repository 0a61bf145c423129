"""What the tests of branches share: writing them, and looking at what came of it."""

from pathlib import Path

from conftest import Sandbox

from course.branches.finding import find_source_ref
from course.branches.writing import Release, write_branches
from course.tree import File

CHAPTERS = [f"refs/heads/chapter-{n}" for n in (1, 2, 3)]
TEXT_2 = "chapters/02-second/README.md"


def branches(place: Sandbox, ref: str | None = None) -> list[Release]:
    """Write the branches from main, or from ref."""
    repository = place.repository
    return write_branches(repository, ref or find_source_ref(repository))


def heads(place: Sandbox) -> list[str]:
    """Return the SHAs of the three branches."""
    return [place.sha(ref) for ref in CHAPTERS]


def statuses(releases: list[Release]) -> list[str]:
    """Return what became of each branch."""
    return [release.status for release in releases]


def edit(place: Sandbox, path: str, more: str = "\nMore.\n") -> str:
    """Add to a file on main and commit; return the new commit."""
    old = (place.root / path).read_text()
    return place.commit({path: File((old + more).encode())})


def parents(place: Sandbox, ref: str) -> list[str]:
    """Return the parents of a commit."""
    return place.git("rev-list", "--parents", "-n1", ref).split()[1:]


def snapshot(place: Sandbox) -> tuple[dict[str, bytes], bytes, str]:
    """Return everything of the work tree and index that must not be touched."""
    files = {
        str(path): path.read_bytes()
        for path in sorted(place.root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(place.root).parts
    }
    index = Path(place.git("rev-parse", "--absolute-git-dir")) / "index"
    return files, index.read_bytes(), (index.parent / "HEAD").read_text()


def published(origin: Sandbox, tmp_path: Path, name: str = "author") -> Sandbox:
    """Clone origin, write the branches there and publish them to it."""
    origin.git("config", "receive.denyCurrentBranch", "ignore")
    author = origin.clone(tmp_path / name)
    write_branches(author.repository, "main", push="origin")
    return author
