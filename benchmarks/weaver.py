"""How long weaving takes, and that it grows in line with the tree.

Run it with `.venv/bin/python benchmarks/weaver.py`. It weaves every checkpoint of this
tree as it is on disk, and of trees with 10 and 100 times its files, and prints the best
of a few runs: the files that a checkpoint may get, those that came out of all weaves,
the time for all of it, the time for each file, and the time against the first line's.
Where growth is linear, the time for each file stays. Nothing is written; it ends within
half a minute.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

from course.errors import CourseError
from course.git.repository import Repository
from course.source.manifest import line_of
from course.source.weave import Source
from course.tree import File, Tree

SIZES = (1, 10, 100)
ENOUGH = 5.0  # seconds for each size, and never fewer than one run
MOST_RUNS = 5


def multiply(tree: Tree, times: int) -> dict[str, File]:
    """Return the tree with every claimed file and its tests `times` times over.

    The copies lie in folders of their own, which the chapters of the originals claim;
    texts and what main keeps are not copied.
    """
    source = Source.read(tree)
    grown = dict(tree)
    claims: dict[int, list[str]] = {}
    for copy in range(1, times):
        for form in source.forms:
            if form.source.startswith("chapters/"):
                continue
            folder = f"copies/{form.span.first}/{copy}/"
            grown[folder + form.source] = form.file
            claims.setdefault(form.span.first, []).append(folder)
    for chapter in source.course.chapters:
        wanted = dict.fromkeys(claims.get(chapter.number, []))
        added = "".join(f'    "{claim}",\n' for claim in wanted)
        grown[chapter.manifest] = File(with_claims(tree[chapter.manifest].data, added))
    return grown


def with_claims(manifest: bytes, added: str) -> bytes:
    """Put claims into a manifest, at the head of its list of files."""
    text = manifest.decode()
    lines = text.splitlines(keepends=True)
    at = line_of(text, "files") - 1
    if "files" not in lines[at]:
        return f"files = [\n{added}]\n{text}".encode()
    lines[at] = lines[at].replace("[", f"[\n{added}", 1)
    return "".join(lines).encode()


def weave_all(tree: Tree) -> int:
    """Read the tree and weave every checkpoint; return how many files came out."""
    source = Source.read(tree)
    return sum(len(source.weave(number)) for number in range(1, source.last + 1))


def best(work: Callable[[], int]) -> tuple[float, int]:
    """Return the shortest time in seconds, and what the work returned."""
    times: list[float] = []
    while len(times) < MOST_RUNS and sum(times) < ENOUGH:
        began = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - began)
    return min(times), result


def main() -> None:
    """Print a line for each size."""
    tree = Repository.find().work_tree()
    print(f"{'size':>5} {'files':>7} {'woven':>7} {'seconds':>8} {'us/file':>8}  ratio")
    first = 0.0
    for size in SIZES:
        grown = multiply(tree, size)
        seconds, woven = best(partial(weave_all, grown))
        first = first or seconds
        files = len(Source.read(grown).forms)
        per_file = seconds / files * 1e6
        print(
            f"{size:>4}x {files:>7} {woven:>7} {seconds:>8.3f} {per_file:>8.1f}"
            f"  {seconds / first:.1f}"
        )


if __name__ == "__main__":
    try:
        main()
    except CourseError as error:
        sys.exit(f"benchmarks/weaver.py: {error}")
